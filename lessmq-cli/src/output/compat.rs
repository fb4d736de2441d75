//! Rendering the report of `compat`.

use super::style::{NOTE, STRONG, paint, plain};
use super::{Render, diagnostics};
use crate::report::CompatReport;

impl Render for CompatReport {
    fn human(&self) -> String {
        let mut out = diagnostics::render(&self.findings);
        let (style, verdict) = diagnostics::verdict(self.verdict);
        out += &format!("{} → {}: {}\n", plain(&self.old), plain(&self.new), paint(style, verdict));
        if let Some(reason) = &self.reason {
            out += &format!("   {} {}: {}\n", paint(NOTE, "="), paint(STRONG, "because"), plain(reason));
        }
        out
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}
