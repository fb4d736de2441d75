//! Verdicts, findings and changes for people, for all reports that have some.

use std::fmt::Write;

use anstyle::Style;
use serde_json::Value;

use super::section::Remark;
use super::style::{DIM, ERROR, GOOD, NOTE, STRONG, WARNING, paint, plain};
use super::table::Table;
use crate::changes::{Change, Detail, MethodChange};
use crate::comparison::Verdict;
use crate::sources::Place;

/// As much of a schema as fits on a line beside its place.
const LONGEST_VALUE: usize = 72;

pub(super) fn verdict(verdict: Verdict) -> (Style, String) {
    let style = match verdict {
        Verdict::Identical | Verdict::Compatible => GOOD,
        Verdict::Incompatible => ERROR,
        Verdict::Undecided => WARNING,
    };
    (style, verdict.as_str().to_owned())
}

/// A remark as the compiler would write it, with an empty line after it.
pub(super) fn remark(remark: &Remark) -> String {
    let style = match remark.word {
        "error" => ERROR,
        "warning" => WARNING,
        _ => NOTE,
    };
    let head = paint(style, format_args!("{}[{}]", remark.word, remark.rule));
    let message = paint(STRONG, format_args!(": {}", plain(&remark.message)));
    let mut out = format!("{head}{message}\n");
    // The gutter is as wide as the line number.
    let width = remark.place.as_ref().map_or(1, |place| place.line.to_string().len()).max(2);
    let arrow = paint(NOTE, format_args!("{:>width$}-->", ""));
    let label = |label: &str, text: &str| {
        // Further lines stand below the first.
        let gap = format!("\n{:>1$}", "", width + label.len() + 5);
        let text = text.lines().map(plain).collect::<Vec<_>>().join(&gap);
        format!("{:>width$} {} {}: {text}\n", "", paint(NOTE, "="), paint(STRONG, label))
    };
    match &remark.place {
        None => out += &format!("{arrow} {}\n", plain(&remark.part)),
        Some(place) => {
            out += &format!("{arrow} {}:{}:{}\n", plain(&place.file), place.line, place.column);
            out += &snippet(place, width);
            out += &label("in", &remark.part);
        }
    }
    for (name, text) in remark.shown() {
        out += &label(name, text);
    }
    for (name, text) in [("why", &remark.explanation), ("help", &remark.remedy)] {
        if !text.is_empty() {
            out += &label(name, text);
        }
    }
    if remark.allowed.is_none() && !remark.fingerprints.is_empty() {
        out += &label("finding", &remark.fingerprints.join(", "));
    }
    out.push('\n');
    out
}

/// The line of the source, with carets below what is meant.
fn snippet(place: &Place, width: usize) -> String {
    let bar = paint(NOTE, "|");
    let number = paint(NOTE, format_args!("{:>width$}", place.line));
    // A tab before the place stays one, so that the carets stand below it.
    let before: String =
        place.text.chars().take(place.column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
    let carets = paint(ERROR, "^".repeat(place.end_column.saturating_sub(place.column).max(1)));
    let text = plain_but_tabs(place.text.trim_end());
    format!("{:>width$} {bar}\n{number} {bar} {text}\n{:>width$} {bar} {before}{carets}\n", "", "")
}

fn plain_but_tabs(text: &str) -> String {
    text.split('\t').map(plain).collect::<Vec<_>>().join("\t")
}

/// The methods that differ, and how.
pub(super) fn changes(changes: &[MethodChange]) -> String {
    let mut out = String::new();
    for MethodChange { kind, method, change, details } in changes {
        let (mark, style) = match change {
            Change::Added => ("+", GOOD),
            Change::Removed => ("-", ERROR),
            Change::Changed => ("~", WARNING),
        };
        let _ = writeln!(out, "  {} {kind} {}", paint(style, mark), paint(STRONG, plain(method)));
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
    let what = match (&detail.before, &detail.after) {
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
    vec![(DIM, part), (Style::new(), plain(&detail.pointer)), (Style::new(), what)]
}

fn list(sign: &str, items: &[Value]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("{sign} {}", short(item))).collect();
    items.join(" ")
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONGEST_VALUE {
        return text;
    }
    text.chars().take(LONGEST_VALUE - 1).chain(['…']).collect()
}
