//! Rendering the report of `explain`.

use lessmq::compat::Severity;
use serde_json::Value;

use super::Render;
use super::style::{ERROR, NOTE, STRONG, WARNING, paint};
use super::table::Table;
use crate::report::{ExplainReport, Rule};

/// The longest JSON text on one line, in bytes.
const MAX_LINE_BYTES: usize = 110;

impl Render for ExplainReport {
    fn human(&self) -> String {
        match self {
            Self::One(rule) => render_rule(rule),
            Self::All(rules) => {
                let mut table = Table::default();
                for rule in rules {
                    let summary = (anstyle::Style::new(), rule.summary.to_owned());
                    table.row(vec![(STRONG, rule.id.to_owned()), summary]);
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
}

fn render_rule(rule: &Rule) -> String {
    let (style, level) = match rule.severity {
        Severity::Error => (ERROR, "error"),
        Severity::Warning => (WARNING, "warning"),
        _ => (NOTE, "info"),
    };
    let head = paint(style, format_args!("{level}[{}]", rule.id));
    let mut out = format!("{head}: {}\n\n{}\n", rule.summary, rule.explanation);
    if let Some(example) = &rule.example {
        for (label, text) in [
            ("before", example.before),
            ("after (incompatible)", example.after),
            ("instead (compatible)", example.compatible),
        ] {
            out += &format!("\n{}\n{}", paint(STRONG, format_args!("{label}:")), indented(text));
        }
    }
    out + &format!("\n{} {}\n", paint(STRONG, "help:"), rule.remedy)
}

/// A JSON text, on several lines if it is long.
fn indented(text: &str) -> String {
    let pretty = serde_json::from_str(text).and_then(|value: Value| serde_json::to_string_pretty(&value));
    let text = pretty.ok().filter(|_| text.len() > MAX_LINE_BYTES).unwrap_or_else(|| text.to_owned());
    text.lines().map(|line| format!("    {line}\n")).collect()
}
