//! Verdicts, findings and changes, for all reports that have some.

use std::fmt::Write;

use anstyle::Style;
use lessmq::compat::{Direction, MethodKind, Severity};
use semver::Version;
use serde_json::Value;

use super::style::{DIM, ERROR, GOOD, NOTE, STRONG, WARNING, paint, plain};
use super::table::Table;
use crate::changes::{Change, Detail, MethodChange};
use crate::comparison::{Comparison, Finding, Step, Verdict};

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

/// What breaks or may break, each with an empty line after it. The rest is told by the changes.
pub(super) fn findings(comparison: &Comparison) -> String {
    comparison.findings.iter().filter(|finding| finding.severity < Severity::Info).map(finding).collect()
}

fn finding(finding: &Finding) -> String {
    let (style, word) = match finding.severity {
        Severity::Error => (ERROR, "error"),
        _ => (WARNING, "warning"),
    };
    let head = paint(style, format_args!("{word}[{}]", finding.rule));
    let message = paint(STRONG, format_args!(": {}", plain(&finding.message)));
    let part = match finding.direction {
        Some(part) if finding.kind == MethodKind::Call => format!(", {part}"),
        _ => String::new(),
    };
    let mut out = format!(
        "{head}{message}\n  {} {} `{}`{part}\n",
        paint(NOTE, "-->"),
        finding.kind,
        plain(&finding.method)
    );
    let mut remark = |label: &str, text: &str| {
        if !text.is_empty() {
            out += &format!("   {} {}: {}\n", paint(NOTE, "="), paint(STRONG, label), plain(text));
        }
    };
    if let Some(example) = &finding.counterexample {
        remark("for example", &example.to_string());
    }
    let (writer, reader) = sides(finding.direction);
    remark(&format!("{writer} sends"), &finding.writer_pointer);
    remark(&format!("{reader} accepts"), &finding.reader_pointer);
    if finding.paths.len() > 1 {
        remark("used by", &finding.path_tree[0]);
        finding.path_tree[1..].iter().for_each(|line| out += &format!("              {}\n", plain(line)));
    }
    let mut remark = |label: &str, text: &str| {
        out += &format!("   {} {}: {}\n", paint(NOTE, "="), paint(STRONG, label), plain(text));
    };
    remark("why", finding.explanation);
    remark("help", finding.remedy);
    out.push('\n');
    out
}

/// Who sends a message and who accepts it.
fn sides(direction: Option<Direction>) -> (&'static str, &'static str) {
    match direction {
        Some(Direction::Request) => ("consumer", "provider"),
        _ => ("provider", "consumer"),
    }
}

/// What the change asks of the version.
pub(super) fn version(new: &Version, verdict: Verdict, step: &Step) -> String {
    let Step { bump, least_version, version_suffices } = step;
    match (verdict, version_suffices) {
        (Verdict::Identical, _) => new.to_string(),
        (_, true) => format!("{new} is high enough for this change ({bump})"),
        (_, false) => {
            let low = paint(WARNING, format_args!("{new} is too low"));
            format!("{low} for this change: {least_version} or later ({bump})")
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
