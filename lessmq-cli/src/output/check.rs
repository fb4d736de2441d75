//! The report of `check`.

use std::collections::BTreeSet;

use anstyle::Style;
use lessmq::compat::Severity;

use super::cause::by_cause;
use super::section::{Remark, Section, too_low, version};
use super::style::{GOOD, STRONG, WARNING, paint};
use super::table::Table;
use super::{FindingsReport, Report, findings};
use crate::commands::Exit;
use crate::commands::check::{Checked, Compared, Document, Problem, Service};
use crate::comparison::Verdict;
use crate::judgement::{Issue, Standing};
use crate::settings::FILE;

impl Report for Checked {
    fn human(&self) -> String {
        let services: Vec<String> = self.services.iter().map(service).collect();
        services.join("\n")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn warnings(&self) -> Vec<String> {
        let unused = |finding: &String| {
            format!("{FILE} allows the finding {finding}, which is not there any more: take it out")
        };
        let uncommitted = |service: &Service| {
            format!("{} has changes that are not committed: others will not see them", service.committed.path)
        };
        let committed = self.services.iter().filter(|service| service.committed.uncommitted);
        self.unused_allowances.iter().map(unused).chain(committed.map(uncommitted)).collect()
    }

    fn hints(&self) -> Vec<String> {
        let mut hints: Vec<String> = self.services.iter().filter_map(hint).collect();
        hints.dedup();
        hints
    }

    fn exit(&self) -> Exit {
        self.outcome
    }
}

impl FindingsReport for Checked {
    fn sections(&self) -> Vec<Section> {
        let prefix = |section| Section { prefix: self.prefix.clone(), ..section };
        self.services.iter().flat_map(sections).map(prefix).collect()
    }
}

fn sections(service: &Service) -> Vec<Section> {
    let subject = format!("{} {}", service.service, service.version);
    let section = |against: &str, exit, remarks| Section {
        service: service.service.clone(),
        subject: subject.clone(),
        against: against.to_owned(),
        verdict: "none".to_owned(),
        version: service.version.to_string(),
        exit,
        prefix: String::new(),
        file: service.committed.path.clone(),
        remarks,
    };
    let mut told = BTreeSet::new();
    let mut sections: Vec<Section> = Vec::new();
    for compared in &service.baselines {
        sections.push(Section {
            verdict: compared.verdict.as_str().to_owned(),
            version: asked(service, compared),
            ..section(&origin(compared), compared.outcome, remarks(service, compared, &mut told))
        });
    }
    let problems: Vec<Remark> =
        service.problems.iter().map(|problem| Remark::of_problem(problem, &service.package)).collect();
    let worst = problems.iter().map(|problem| problem.exit).max();
    if worst.is_some() || sections.is_empty() {
        sections.push(section(&service.against, worst.unwrap_or(Exit::Fine), problems));
    }
    sections
}

/// What one comparison found that no earlier one has told: a break of the last release is one of older ones too.
fn remarks(service: &Service, compared: &Compared, told: &mut BTreeSet<String>) -> Vec<Remark> {
    let remarks = compared.findings.iter().filter_map(|issue| Remark::of_issue(issue, &compared.step));
    let news: Vec<Remark> = remarks.filter(|remark| !told.contains(&remark.identity(""))).collect();
    told.extend(news.iter().map(|remark| remark.identity("")));
    let of_version = compared.problems.iter().map(|problem| Remark::of_problem(problem, &service.package));
    news.into_iter().chain(of_version).collect()
}

/// What a change asks of the version.
fn asked(service: &Service, compared: &Compared) -> String {
    if compared.standing == Standing::Live {
        // Consumers of what runs now are not asked which version they would like.
        return service.version.to_string();
    }
    if !compared.problems.is_empty() {
        return too_low(&service.version, &compared.step);
    }
    version(&service.version, judged(compared), &compared.step)
}

/// The verdict as far as the version goes: what is allowed needs no major one.
fn judged(compared: &Compared) -> Verdict {
    let is_allowed = compared.outcome == Exit::Fine && compared.verdict != Verdict::Identical;
    if is_allowed && !compared.step.version_suffices { Verdict::Compatible } else { compared.verdict }
}

fn origin(compared: &Compared) -> String {
    format!("{} ({})", compared.origin, compared.version)
}

fn service(service: &Service) -> String {
    let name = paint(STRONG, format_args!("{} {}", service.service, service.version));
    let mut out = format!("{name} (package {})\n", service.package);
    let newest = service.baselines.first().map(|compared| compared.changes.as_slice()).unwrap_or_default();
    if !newest.is_empty() {
        out += &format!("\n{}\n", findings::changes(newest));
    } else if service.problems.len() + of_version(service).count() > 0 {
        out.push('\n');
    }
    for section in sections(service) {
        out.extend(by_cause(&section.remarks).iter().map(findings::remark));
    }
    let mut table = Table::default();
    let label = |text: &str| (Style::new(), text.to_owned());
    for compared in &service.baselines {
        table.row(vec![label("against"), label(&origin(compared))]);
        table.row(vec![label("verdict"), findings::verdict(compared.verdict)]);
        let style = if compared.outcome == Exit::Fine { Style::new() } else { WARNING };
        table.row(vec![label("version"), (style, asked(service, compared))]);
    }
    if service.baselines.is_empty() {
        table.row(vec![label("against"), (WARNING, format!("{}: nothing there", service.against))]);
        let verdict = if service.outcome == Exit::Fine { "new: nobody uses it yet" } else { "none" };
        table.row(vec![label("verdict"), (WARNING, verdict.to_owned())]);
    }
    let style = if service.committed.state == Document::Fresh { GOOD } else { WARNING };
    table.row(vec![label("committed document"), (style, service.committed.state.as_str().to_owned())]);
    out + &table.render("  ")
}

/// What speaks against the version.
fn of_version(service: &Service) -> impl Iterator<Item = &Problem> {
    service.baselines.iter().flat_map(|compared| &compared.problems)
}

fn hint(service: &Service) -> Option<String> {
    let (name, package) = (&service.service, &service.package);
    let broken = |compared: &&Compared| compared.outcome == Exit::Findings;
    if service.baselines.iter().filter(broken).any(|compared| compared.standing == Standing::Live) {
        return Some(format!(
            "make the change of `{name}` compatibly: consumers of the live copies go on running, whatever its version"
        ));
    }
    let too_low = |compared: &&Compared| broken(compared) || !compared.problems.is_empty();
    let is_broken = service.baselines.iter().filter(broken).any(breaks);
    if let Some(least) =
        service.baselines.iter().filter(too_low).map(|compared| &compared.step.least_version).max()
    {
        return Some(match is_broken {
            true => format!(
                "make the change of `{name}` compatibly; or, if it is meant, set the version of {package} to {least}"
            ),
            false => format!("set the version of {package} to {least} or later"),
        });
    }
    if !service.problems.is_empty() || service.outcome == Exit::NoAnswer {
        return None;
    }
    let write = service.committed.refresh(package, name);
    match service.committed.state {
        Document::Fresh | Document::Missing => None,
        Document::Stale => {
            Some(format!("the committed contract of `{name}` differs from the code: {write} refreshes it"))
        }
    }
}

/// Whether it is the change itself that is to be made in another way.
fn breaks(compared: &Compared) -> bool {
    let open = |issue: &Issue| issue.finding.severity == Severity::Error && !issue.is_allowed();
    compared.findings.iter().any(open)
}
