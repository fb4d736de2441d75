//! Rendering the report of `publish`.

use anstyle::Style;

use super::style::{ERROR, GOOD, STRONG, WARNING, paint};
use super::table::Table;
use super::{Render, changes, diagnostics};
use crate::report::{Change, CrateReport, Diagnostic, Judgement, PublishReport, TargetState};

impl Render for PublishReport {
    fn human(&self) -> String {
        let crates: Vec<String> =
            self.crates.iter().map(|report| render_crate(report, self.dry_run)).collect();
        crates.join("\n")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

fn render_crate(report: &CrateReport, dry_run: bool) -> String {
    let name = paint(STRONG, format_args!("{} {}", report.name, report.version));
    let mut out = format!("{name} (package {})\n", report.package);
    out.extend(report.rejections().map(render_rejection));
    if !report.warnings.is_empty() {
        out += &format!("\n{}", diagnostics::render(&report.warnings));
    }
    let mut table = Table::default();
    let plain = |text: String| (Style::new(), text);
    table.row(vec![crate_state(report, dry_run), plain(report.directory.display().to_string())]);
    for target in &report.targets {
        table.row(vec![target_state(&target.state), plain(target.place.clone())]);
    }
    if report.written || dry_run {
        for file in &report.files {
            let path = report.directory.join(&file.path);
            table.row(vec![plain(change(file.change).to_owned()), plain(path.display().to_string())]);
        }
    }
    out + &table.render("  ")
}

fn render_rejection(rejection: &Judgement) -> String {
    let mut out = String::from("\n");
    if !rejection.changes.is_empty() {
        out += &format!("{}\n", changes::render(&rejection.changes));
    }
    let findings = rejection.findings.iter().filter(|finding| finding.is_shown());
    let shown: Vec<Diagnostic> = findings.chain(rejection.version_objection()).cloned().collect();
    out + &diagnostics::render(&shown)
}

fn crate_state(report: &CrateReport, dry_run: bool) -> (Style, String) {
    if let Some(rejection) = &report.rejection {
        return (ERROR, rejected(rejection));
    }
    let is_rejected = report.rejections().next().is_some();
    match (report.written, report.files.is_empty()) {
        (_, true) => (GOOD, "up to date".to_owned()),
        (true, false) => (GOOD, "written".to_owned()),
        (false, false) if dry_run && !is_rejected => (WARNING, "would be written".to_owned()),
        (false, false) => (WARNING, "not written".to_owned()),
    }
}

fn change(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Changed => "changed",
        Change::Removed => "removed",
    }
}

fn target_state(state: &TargetState) -> (Style, String) {
    match state {
        TargetState::Released => (GOOD, "released".to_owned()),
        TargetState::AlreadyReleased => (GOOD, "already released".to_owned()),
        TargetState::WouldBeReleased => (WARNING, "would be released".to_owned()),
        TargetState::Failed { .. } => (ERROR, "failed: see above".to_owned()),
        TargetState::Skipped => (WARNING, "skipped".to_owned()),
        TargetState::Rejected(rejection) => (ERROR, rejected(rejection)),
    }
}

fn rejected(rejection: &Judgement) -> String {
    let message = rejection.objection.as_ref().map_or("", |objection| objection.message.as_str());
    format!("rejected: {message}")
}
