//! Aligned columns.

use anstyle::Style;

use super::style::{DIM, paint};

/// Rows of cells, each with its style.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<(Style, String)>>,
}

impl Table {
    /// A table with a row of titles.
    pub(super) fn titled(titles: &[&str]) -> Self {
        Self { rows: vec![titles.iter().map(|title| (DIM, (*title).to_owned())).collect()] }
    }

    pub(super) fn row(&mut self, cells: Vec<(Style, String)>) {
        self.rows.push(cells);
    }

    /// The rows, each after `indent`, without trailing spaces.
    pub(super) fn render(&self, indent: &str) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|(_, text)| text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut out = String::new();
        for row in &self.rows {
            let last = row.iter().rposition(|(_, text)| !text.is_empty()).unwrap_or(0);
            out.push_str(indent);
            for (column, (style, text)) in row.iter().enumerate().take(last + 1) {
                out.push_str(&paint(*style, text));
                if column < last {
                    let missing =
                        widths.get(column).copied().unwrap_or(0).saturating_sub(text.chars().count());
                    out.push_str(&" ".repeat(missing + 2));
                }
            }
            out.push('\n');
        }
        out
    }
}
