//! Rendering the report of `diff`.

use anstyle::Style;

use super::section::Section;
use super::style::{STRONG, WARNING, paint};
use super::table::Table;
use super::version::requirement;
use super::{Render, RenderDiagnostics, changes, diagnostics};
use crate::report::{Diagnostic, DiffReport, Report};

impl Render for DiffReport {
    fn human(&self) -> String {
        let (old, new) = (&self.old.version, &self.new.version);
        let service = paint(STRONG, &self.service);
        let mut out = format!("{service} {old} → {new}\n\n");
        if !self.changes.is_empty() {
            out += &format!("{}\n", changes::render(&self.changes));
        }
        out += &diagnostics::render(&shown(self));
        let mut table = Table::default();
        let label = |text: &str| (Style::new(), text.to_owned());
        table.row(vec![label("old consumers, new provider"), diagnostics::verdict(self.forward.verdict)]);
        table.row(vec![label("new consumers, old provider"), diagnostics::verdict(self.backward.verdict)]);
        let version = requirement(new, self.forward.verdict, &self.step);
        let style = if self.step.version_suffices { Style::new() } else { WARNING };
        table.row(vec![label("version"), (style, version)]);
        out + &table.render("")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl RenderDiagnostics for DiffReport {
    fn sections(&self) -> Vec<Section> {
        vec![Section {
            service: self.service.clone(),
            subject: format!("{} {}", self.service, self.new.version),
            against: format!("{} ({})", self.old.path, self.old.version),
            verdict: Some(self.forward.verdict),
            version: requirement(&self.new.version, self.forward.verdict, &self.step),
            status: self.status(),
            prefix: String::new(),
            file: self.new.path.clone(),
            diagnostics: shown(self),
        }]
    }
}

fn shown(report: &DiffReport) -> Vec<Diagnostic> {
    report.forward.findings.iter().filter(|finding| finding.is_shown()).cloned().collect()
}
