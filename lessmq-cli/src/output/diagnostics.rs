//! Diagnostics for people, in the layout of the Rust compiler.

use std::borrow::Cow;

use anstyle::Style;
use serde_json::Value;

use super::group::Group;
use super::style::{ERROR, GOOD, NOTE, STRONG, WARNING, paint, plain};
use crate::report::{Diagnostic, Location, Verdict};

/// The longest counter-example on one line, in characters.
const MAX_EXAMPLE_WIDTH: usize = 100;

pub(super) fn verdict(verdict: Verdict) -> (Style, String) {
    let style = match verdict {
        Verdict::Identical | Verdict::Compatible => GOOD,
        Verdict::Incompatible => ERROR,
        Verdict::Undecided => WARNING,
    };
    (style, verdict.as_str().to_owned())
}

/// The diagnostics, each followed by an empty line. Those with one cause are shown as one.
pub(super) fn render(diagnostics: &[Diagnostic]) -> String {
    Group::by_cause(diagnostics).iter().map(render_group).collect()
}

fn render_group(group: &Group<'_>) -> String {
    let diagnostic = group.shown;
    let style = match diagnostic.level() {
        "error" => ERROR,
        "warning" => WARNING,
        _ => NOTE,
    };
    let head = paint(style, format_args!("{}[{}]", diagnostic.level(), diagnostic.rule));
    let message = paint(STRONG, format_args!(": {}", plain(&diagnostic.message)));
    let mut out = format!("{head}{message}\n");
    // The gutter is as wide as the line number.
    let width = diagnostic.location.as_ref().map_or(1, |location| location.line.to_string().len()).max(2);
    let arrow = paint(NOTE, format_args!("{:>width$}-->", ""));
    let labelled = |label: &str, text: &str| {
        // Further lines are aligned with the first.
        let gap = format!("\n{:>1$}", "", width + label.len() + 5);
        let text = text.lines().map(plain).collect::<Vec<_>>().join(&gap);
        format!("{:>width$} {} {}: {text}\n", "", paint(NOTE, "="), paint(STRONG, label))
    };
    match &diagnostic.location {
        None => out += &format!("{arrow} {}\n", plain(&group.subject)),
        Some(location) => {
            out += &format!("{arrow} {}:{}:{}\n", plain(&location.file), location.line, location.column);
            out += &snippet(location, width);
            out += &labelled("in", &group.subject);
        }
    }
    for (label, text) in group.details() {
        out += &labelled(&label, &readable(&text));
    }
    for (label, text) in group.advice() {
        out += &labelled(label, text);
    }
    if let Some(fingerprints) = group.open_fingerprints() {
        out += &labelled("finding", &fingerprints);
    }
    out.push('\n');
    out
}

/// A long counter-example on several lines.
fn readable(text: &str) -> Cow<'_, str> {
    if text.chars().count() <= MAX_EXAMPLE_WIDTH {
        return text.into();
    }
    let pretty = serde_json::from_str(text).and_then(|value: Value| serde_json::to_string_pretty(&value));
    pretty.map_or(text.into(), Cow::Owned)
}

/// The line of source code, with carets below the declaration.
fn snippet(location: &Location, width: usize) -> String {
    let bar = paint(NOTE, "|");
    let number = paint(NOTE, format_args!("{:>width$}", location.line));
    // Tabs are kept, so that the carets are below the declaration.
    let before: String =
        location.text.chars().take(location.column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
    let carets = "^".repeat(location.end_column.saturating_sub(location.column).max(1));
    let carets = paint(ERROR, carets);
    let text = location.text.trim_end().split('\t').map(plain).collect::<Vec<_>>().join("\t");
    format!("{:>width$} {bar}\n{number} {bar} {text}\n{:>width$} {bar} {before}{carets}\n", "", "")
}
