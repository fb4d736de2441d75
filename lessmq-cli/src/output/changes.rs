//! The methods that differ, for people.

use std::fmt::Write;

use anstyle::Style;
use serde_json::Value;

use super::style::{DIM, ERROR, GOOD, STRONG, WARNING, paint, plain};
use super::table::Table;
use crate::report::{Change, Detail, MethodChange};

/// The longest schema next to its pointer, in characters.
const MAX_VALUE_WIDTH: usize = 72;

/// The methods, each followed by how it differs.
pub(super) fn render(changes: &[MethodChange]) -> String {
    let mut out = String::new();
    for MethodChange { kind, method, change, next_to, details } in changes {
        let (mark, style) = match change {
            Change::Added => ("+", GOOD),
            Change::Removed => ("-", ERROR),
            Change::Changed => ("~", WARNING),
        };
        // Writing to a string cannot fail.
        let next_to = next_to.as_ref().map(|older| format!(", next to {}", plain(older))).unwrap_or_default();
        let _ = writeln!(out, "  {} {kind} {}{next_to}", paint(style, mark), paint(STRONG, plain(method)));
        let mut table = Table::default();
        details.iter().for_each(|detail| table.row(detail_row(detail)));
        out.push_str(&table.render("      "));
    }
    out
}

fn detail_row(detail: &Detail) -> Vec<(Style, String)> {
    let part = match detail.side {
        Some(side) => format!("{} ({side})", detail.part),
        None => detail.part.to_owned(),
    };
    let difference = match (&detail.before, &detail.after) {
        _ if detail.part == "docs" => "changed".to_owned(),
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            format!("{} {}", list("-", old), list("+", new))
        }
        (Some(Value::Array(old)), None) => list("-", old),
        (None, Some(Value::Array(new))) => list("+", new),
        (Some(old), Some(new)) => format!("{} → {}", short(old), short(new)),
        (None, Some(new)) => format!("+ {}", short(new)),
        (Some(old), None) => format!("- {}", short(old)),
        (None, None) => String::new(),
    };
    vec![(DIM, part), (Style::new(), plain(&detail.pointer)), (Style::new(), difference)]
}

fn list(sign: &str, items: &[Value]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("{sign} {}", short(item))).collect();
    items.join(" ")
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_VALUE_WIDTH {
        return text;
    }
    text.chars().take(MAX_VALUE_WIDTH - 1).chain(['…']).collect()
}
