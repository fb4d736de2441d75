//! The report of `explain`.

use lessmq::compat::{Rule, Severity};
use serde_json::Value;

use super::Report;
use super::style::{ERROR, NOTE, STRONG, WARNING, paint};
use super::table::Table;
use crate::commands::Exit;
use crate::commands::explain::{Entry, Explanation};
use crate::concerns::Concern;

impl Report for Explanation {
    fn human(&self) -> String {
        match self {
            Self::One(Entry::Rule(rule)) => one(rule),
            Self::One(Entry::Concern(Concern { id, severity, summary, explanation, remedy })) => {
                head(id, *severity, summary, explanation) + &help(remedy)
            }
            Self::All(entries) => {
                let mut table = Table::default();
                for entry in entries {
                    let summary = (anstyle::Style::new(), entry.summary().to_owned());
                    table.row(vec![(STRONG, entry.id().to_owned()), summary]);
                }
                table.render("")
            }
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        match self {
            Self::One(entry) => serde_json::to_string_pretty(entry),
            Self::All(entries) => serde_json::to_string_pretty(entries),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Fine
    }
}

fn one(rule: &Rule) -> String {
    let mut out = head(rule.id, rule.severity, rule.summary, rule.explanation);
    for (label, text) in [
        ("before", rule.example.before),
        ("after (incompatible)", rule.example.after),
        ("instead (compatible)", rule.example.compatible),
    ] {
        out += &format!("\n{}\n{}", paint(STRONG, format_args!("{label}:")), indented(text));
    }
    out + &help(rule.remedy)
}

fn head(id: &str, severity: Severity, summary: &str, explanation: &str) -> String {
    let (style, word) = match severity {
        Severity::Error => (ERROR, "error"),
        Severity::Warning => (WARNING, "warning"),
        _ => (NOTE, "info"),
    };
    format!("{}: {summary}\n\n{explanation}\n", paint(style, format_args!("{word}[{id}]")))
}

fn help(remedy: &str) -> String {
    format!("\n{} {remedy}\n", paint(STRONG, "help:"))
}

/// Longer JSON texts are told over several lines.
const LONGEST_LINE: usize = 110;

fn indented(text: &str) -> String {
    let pretty = serde_json::from_str(text).and_then(|value: Value| serde_json::to_string_pretty(&value));
    let text = pretty.ok().filter(|_| text.len() > LONGEST_LINE).unwrap_or_else(|| text.to_owned());
    text.lines().map(|line| format!("    {line}\n")).collect()
}
