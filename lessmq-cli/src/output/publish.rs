//! The report of `publish`.

use anstyle::Style;

use super::section::Remark;
use super::style::{ERROR, GOOD, STRONG, WARNING, paint};
use super::table::Table;
use super::{Report, findings};
use crate::commands::Exit;
use crate::commands::publish::{Crate, Published, State};
use crate::comparison::Verdict;
use crate::judgement::Objection;
use crate::publish::files::Change;
use crate::publish::refusal::Refusal;
use crate::settings::FILE;

impl Report for Published {
    fn human(&self) -> String {
        let crates: Vec<String> = self.crates.iter().map(|of| one(of, self.dry_run)).collect();
        crates.join("\n")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn hints(&self) -> Vec<String> {
        let mut hints: Vec<String> = self.crates.iter().flat_map(hints).collect();
        hints.dedup();
        hints
    }

    fn exit(&self) -> Exit {
        self.crates.iter().map(exit).max().unwrap_or(Exit::Fine)
    }
}

fn one(of: &Crate, dry_run: bool) -> String {
    let mut out =
        format!("{} (package {})\n", paint(STRONG, format_args!("{} {}", of.name, of.version)), of.package);
    for refusal in refusals(of) {
        out += &why(refusal);
    }
    let mut table = Table::default();
    let plain = |text: String| (Style::new(), text);
    table.row(vec![written(of, dry_run), plain(of.directory.display().to_string())]);
    for outcome in &of.targets {
        table.row(vec![state(&outcome.state), plain(outcome.place.clone())]);
    }
    if of.written || dry_run {
        for difference in &of.files {
            let path = of.directory.join(&difference.path);
            table.row(vec![plain(change(difference.change).to_owned()), plain(path.display().to_string())]);
        }
    }
    out + &table.render("  ")
}

fn why(refusal: &Refusal) -> String {
    let mut out = String::new();
    if !refusal.changes.is_empty() {
        out += &format!("\n{}\n", findings::changes(&refusal.changes));
    }
    let found = refusal.findings.iter();
    let remarks: Vec<Remark> = found.filter_map(|issue| Remark::of_issue(issue, &refusal.step)).collect();
    out + &remarks.iter().map(findings::remark).collect::<String>()
}

fn written(of: &Crate, dry_run: bool) -> (Style, String) {
    if let Some(refusal) = &of.refusal {
        return (ERROR, refused(refusal));
    }
    let is_refused = refusals(of).next().is_some();
    match (of.written, of.files.is_empty()) {
        (_, true) => (GOOD, "up to date".to_owned()),
        (true, false) => (GOOD, "written".to_owned()),
        (false, false) if dry_run && !is_refused => (WARNING, "would be written".to_owned()),
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

fn state(state: &State) -> (Style, String) {
    match state {
        State::Released => (GOOD, "released".to_owned()),
        State::AlreadyReleased => (GOOD, "already released".to_owned()),
        State::WouldBeReleased => (WARNING, "would be released".to_owned()),
        State::Failed { .. } => (ERROR, "failed: see above".to_owned()),
        State::NotTried => (WARNING, "not released".to_owned()),
        State::Refused(refusal) => (ERROR, refused(refusal)),
    }
}

fn refused(refusal: &Refusal) -> String {
    let baseline = &refusal.baseline_version;
    match refusal.reason {
        Objection::VersionTaken => format!("refused: {baseline} was released with another contract"),
        Objection::Undecided => format!("refused: nobody can say whether it fits {baseline}"),
        Objection::VersionLower => format!("refused: lower than {baseline}, which it follows"),
        Objection::InsufficientBump => {
            let verdict = refusal.verdict.as_str();
            format!("refused: {verdict} with {baseline}, and no {} step in version", refusal.step.bump)
        }
    }
}

fn refusals(of: &Crate) -> impl Iterator<Item = &Refusal> {
    let at_targets = of.targets.iter().filter_map(|outcome| match &outcome.state {
        State::Refused(refusal) => Some(&**refusal),
        _ => None,
    });
    of.refusal.iter().chain(at_targets)
}

fn hints(of: &Crate) -> Vec<String> {
    let package = &of.package;
    let mut hints: Vec<String> = Vec::new();
    let versions = || refusals(of).filter(|refusal| refusal.reason != Objection::Undecided);
    if versions().count() < refusals(of).count() {
        hints.push(format!(
            "make the change so that it can be decided, or allow the finding in {FILE} if it is meant"
        ));
    }
    if let Some(least) = versions().map(|refusal| &refusal.step.least_version).max() {
        let breaks = |verdict| matches!(verdict, Verdict::Incompatible | Verdict::Undecided);
        let broken = versions().any(|refusal| breaks(refusal.verdict));
        let other = if broken { ", or make the change compatibly" } else { "" };
        hints.push(format!("set the version of {package} to {least} or later{other}"));
    }
    let is_lower = |refusal: &&Refusal| refusal.reason == Objection::VersionLower;
    if let Some(committed) = of.refusal.as_ref().filter(is_lower) {
        let (version, service) = (&committed.baseline_version, &of.service);
        hints.push(format!(
            "or, if {version} was never released: `lessmq-cli contract -p {package} --service {service} --write`"
        ));
    }
    if of.targets.iter().any(|outcome| matches!(outcome.state, State::Failed { .. })) {
        hints.push("run this again when it is mended: what was released is left alone".to_owned());
    }
    if of.written && !of.is_member {
        let directory = of.directory.display();
        hints.push(format!(
            "name {directory} among the members of the workspace in Cargo.toml, so that it is compiled"
        ));
    }
    hints
}

fn exit(of: &Crate) -> Exit {
    let failed = of.targets.iter().any(|outcome| matches!(outcome.state, State::Failed { .. }));
    let refused = refusals(of).map(|refusal| refusal.outcome).max().unwrap_or(Exit::Fine);
    if failed { Exit::NoAnswer } else { refused }
}
