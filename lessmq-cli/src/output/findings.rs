//! Verdicts, findings and changes, for all reports that have some.

use std::fmt::Write;

use anstyle::Style;
use semver::Version;
use serde_json::Value;

use super::style::{DIM, ERROR, GOOD, NOTE, STRONG, WARNING, paint};
use super::table::Table;
use crate::changes::{Change, Detail, MethodChange};
use crate::comparison::{Comparison, Finding, Verdict};

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

/// The findings, each with an empty line after it.
pub(super) fn findings(comparison: &Comparison) -> String {
    comparison.findings.iter().map(finding).collect()
}

fn finding(finding: &Finding) -> String {
    let style = match finding.severity.as_str() {
        "error" => ERROR,
        "warning" => WARNING,
        _ => NOTE,
    };
    let head = paint(style, format_args!("{}[{}]", finding.severity, finding.rule));
    let arrow = paint(NOTE, "-->");
    let mut out = format!("{head}{STRONG}: {}{STRONG:#}\n", finding.message);
    let mut line = |text: String| {
        // Writing to a string does not fail.
        let _ = writeln!(out, "  {text}");
    };
    line(format!("{arrow} {} `{}`, {}", finding.kind, finding.method, finding.direction));
    let bar = paint(NOTE, "=");
    if let Some(example) = &finding.counterexample {
        line(format!(" {bar} counter-example: {example}"));
    }
    for (who, pointer) in [("writer", &finding.writer_pointer), ("reader", &finding.reader_pointer)] {
        if !pointer.is_empty() {
            line(format!(" {bar} {who}: {pointer}"));
        }
    }
    if !finding.remedy.is_empty() {
        line(format!(" {bar} remedy: {}", finding.remedy));
    }
    out.push('\n');
    out
}

/// What the change asks of the version.
pub(super) fn version(
    new: &Version,
    comparison: &Comparison,
    least: Option<&Version>,
    suffices: Option<bool>,
) -> String {
    let (Some(bump), Some(least), Some(suffices)) = (comparison.bump, least, suffices) else {
        return format!("{new}; what the change asks for cannot be said");
    };
    match (comparison.verdict, suffices) {
        (Verdict::Identical, _) => new.to_string(),
        (_, true) => format!("{new} suffices for this change ({})", bump.as_str()),
        (_, false) => {
            format!(
                "{} for this change: {least} or later ({})",
                paint(WARNING, format_args!("{new} is too low")),
                bump.as_str()
            )
        }
    }
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
        let _ = writeln!(out, "  {} {kind} {}", paint(style, mark), paint(STRONG, method));
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
    vec![(DIM, part), (Style::new(), detail.pointer.clone()), (Style::new(), what)]
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
