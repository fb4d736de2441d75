//! The report of `explain`.

use lessmq::compat::{Rule, Severity};
use serde_json::Value;

use super::Report;
use super::style::{ERROR, NOTE, STRONG, WARNING, paint};
use super::table::Table;
use crate::commands::Exit;
use crate::commands::explain::Explanation;

impl Report for Explanation {
    fn human(&self) -> String {
        match self {
            Self::One(rule) => one(rule),
            Self::All(rules) => {
                let mut table = Table::default();
                for rule in rules {
                    table.row(vec![
                        (STRONG, rule.id.to_owned()),
                        (anstyle::Style::new(), rule.summary.to_owned()),
                    ]);
                }
                table.render("")
            }
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        match self {
            Self::One(rule) => serde_json::to_string_pretty(rule),
            Self::All(rules) => serde_json::to_string_pretty(rules),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Fine
    }
}

fn one(rule: &Rule) -> String {
    let (style, word) = match rule.severity {
        Severity::Error => (ERROR, "error"),
        Severity::Warning => (WARNING, "warning"),
        _ => (NOTE, "info"),
    };
    let mut out = format!(
        "{}: {}\n\n{}\n",
        paint(style, format_args!("{word}[{}]", rule.id)),
        rule.summary,
        rule.explanation
    );
    for (label, text) in [
        ("before", rule.example.before),
        ("after, which is found", rule.example.after),
        ("instead, which is fine", rule.example.mended),
    ] {
        out += &format!("\n{}\n{}", paint(STRONG, format_args!("{label}:")), indented(text));
    }
    out + &format!("\n{} {}\n", paint(STRONG, "help:"), rule.remedy)
}

/// Longer JSON texts are told over several lines.
const LONGEST_LINE: usize = 110;

fn indented(text: &str) -> String {
    let pretty = serde_json::from_str(text).and_then(|value: Value| serde_json::to_string_pretty(&value));
    let text = pretty.ok().filter(|_| text.len() > LONGEST_LINE).unwrap_or_else(|| text.to_owned());
    text.lines().map(|line| format!("    {line}\n")).collect()
}
