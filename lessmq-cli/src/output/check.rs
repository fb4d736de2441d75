//! Rendering the report of `check`.

use std::collections::BTreeSet;

use anstyle::Style;

use super::section::Section;
use super::style::{GOOD, STRONG, WARNING, paint};
use super::table::Table;
use super::version::{requirement, too_low};
use super::{Render, RenderDiagnostics, changes, diagnostics};
use crate::report::{
    BaselineKind, BaselineReport, CheckReport, Diagnostic, ExitStatus, Freshness, ServiceReport, Verdict,
    rule,
};

impl Render for CheckReport {
    fn human(&self) -> String {
        let services: Vec<String> = self.services.iter().map(render_service).collect();
        services.join("\n")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl RenderDiagnostics for CheckReport {
    fn sections(&self) -> Vec<Section> {
        let with_prefix = |section| Section { prefix: self.prefix.clone(), ..section };
        self.services.iter().flat_map(sections).map(with_prefix).collect()
    }
}

fn sections(service: &ServiceReport) -> Vec<Section> {
    let section = |against: &str, status, diagnostics| Section {
        service: service.service.clone(),
        subject: format!("{} {}", service.service, service.version),
        against: against.to_owned(),
        verdict: None,
        version: service.version.to_string(),
        status,
        prefix: String::new(),
        file: service.committed.path.clone(),
        diagnostics,
    };
    let mut seen = BTreeSet::new();
    let mut sections: Vec<Section> = Vec::new();
    for baseline in &service.baselines {
        let found = new_diagnostics(baseline, &mut seen);
        sections.push(Section {
            verdict: Some(baseline.judgement.verdict),
            version: version(service, baseline),
            ..section(&origin(baseline), baseline.judgement.status, found)
        });
    }
    if !service.diagnostics.is_empty() || sections.is_empty() {
        let status = ExitStatus::worst(service.diagnostics.iter().map(|found| found.status));
        sections.push(section(&service.against, status, service.diagnostics.clone()));
    }
    sections
}

/// The diagnostics of one comparison that no earlier comparison has: what breaks the last release breaks older ones too.
fn new_diagnostics(baseline: &BaselineReport, seen: &mut BTreeSet<String>) -> Vec<Diagnostic> {
    let judgement = &baseline.judgement;
    let findings = judgement.findings.iter().filter(|finding| finding.is_shown());
    let new: Vec<&Diagnostic> = findings.filter(|finding| !seen.contains(&finding.identity(""))).collect();
    seen.extend(new.iter().map(|finding| finding.identity("")));
    new.into_iter().chain(judgement.version_objection()).cloned().collect()
}

/// The version of the service and, if the change requires another version, that requirement.
fn version(service: &ServiceReport, baseline: &BaselineReport) -> String {
    let judgement = &baseline.judgement;
    if baseline.kind == BaselineKind::Live {
        // For a live provider, no version number makes an incompatible change acceptable, so only the version is shown.
        return service.version.to_string();
    }
    if judgement.version_objection().is_some() {
        return too_low(&service.version, &judgement.step);
    }
    let is_allowed = judgement.status == ExitStatus::Success
        && judgement.verdict != Verdict::Identical
        && !judgement.step.version_suffices;
    // An allowed incompatible change needs the version of a compatible one.
    let verdict = if is_allowed { Verdict::Compatible } else { judgement.verdict };
    requirement(&service.version, verdict, &judgement.step)
}

fn origin(baseline: &BaselineReport) -> String {
    format!("{} ({})", baseline.origin, baseline.judgement.baseline_version)
}

fn render_service(service: &ServiceReport) -> String {
    let name = paint(STRONG, format_args!("{} {}", service.service, service.version));
    let mut out = format!("{name} (package {})\n", service.package);
    let newest = service.baselines.first().map(|baseline| baseline.judgement.changes.as_slice());
    let newest = newest.unwrap_or_default();
    let has_objection = |baseline: &BaselineReport| baseline.judgement.version_objection().is_some();
    if !newest.is_empty() {
        out += &format!("\n{}\n", changes::render(newest));
    } else if !service.diagnostics.is_empty() || service.baselines.iter().any(has_objection) {
        out.push('\n');
    }
    for section in sections(service) {
        out += &diagnostics::render(&section.diagnostics);
    }
    out + &summary(service).render("  ")
}

fn summary(service: &ServiceReport) -> Table {
    let mut table = Table::default();
    let label = |text: &str| (Style::new(), text.to_owned());
    for baseline in &service.baselines {
        table.row(vec![label("against"), label(&origin(baseline))]);
        table.row(vec![label("verdict"), diagnostics::verdict(baseline.judgement.verdict)]);
        let is_success = baseline.judgement.status == ExitStatus::Success;
        let style = if is_success { Style::new() } else { WARNING };
        table.row(vec![label("version"), (style, version(service, baseline))]);
    }
    if service.baselines.is_empty() {
        table.row(vec![label("against"), (WARNING, format!("{}: not found", service.against))]);
        let is_new = service.status == ExitStatus::Success;
        let is_unpublished = service.diagnostics.iter().any(|found| found.rule == rule::NOT_PUBLISHED.id);
        let verdict = match (is_unpublished, is_new) {
            (true, _) => "none: not published yet",
            (false, true) => "new: no consumer uses it yet",
            (false, false) => "none",
        };
        table.row(vec![label("verdict"), (WARNING, verdict.to_owned())]);
    }
    let style = if service.committed.state == Freshness::Fresh { GOOD } else { WARNING };
    table.row(vec![label("committed contract"), (style, service.committed.state.as_str().to_owned())]);
    table
}
