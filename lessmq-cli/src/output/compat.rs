//! Rendering the report of `compat`.

use super::style::{NOTE, STRONG, paint, plain};
use super::{Render, diagnostics};
use crate::report::CompatReport;

impl Render for CompatReport {
    fn human(&self) -> String {
        let mut out = diagnostics::render(&self.findings);
        let (style, verdict) = diagnostics::verdict(self.verdict);
        out += &format!("{} → {}: {}\n", plain(&self.old), plain(&self.new), paint(style, verdict));
        let mut note = |label: &str, text: &str| {
            out += &format!("   {} {}: {}\n", paint(NOTE, "="), paint(STRONG, label), plain(text));
        };
        if let Some(reason) = &self.reason {
            note("because", reason);
        }
        match &self.drafts {
            Some(drafts) if drafts.old == drafts.new => note("draft", &drafts.old.to_string()),
            Some(drafts) => {
                note("old draft", &drafts.old.to_string());
                note("new draft", &drafts.new.to_string());
            }
            None => {}
        }
        out
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}
