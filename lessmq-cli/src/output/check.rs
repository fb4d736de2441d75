//! The report of `check`.

use anstyle::Style;

use super::style::{GOOD, STRONG, WARNING, paint};
use super::table::Table;
use super::{Report, findings};
use crate::commands::Exit;
use crate::commands::check::{Checked, Compared, Service, State};
use crate::comparison::Verdict;

impl Report for Checked {
    fn human(&self) -> String {
        let services: Vec<String> = self.services.iter().map(service).collect();
        services.join("\n")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn hints(&self) -> Vec<String> {
        let mut hints: Vec<String> = self.services.iter().filter_map(hint).collect();
        hints.dedup();
        hints
    }

    fn exit(&self) -> Exit {
        self.services.iter().map(exit).max().unwrap_or(Exit::Fine)
    }
}

fn service(service: &Service) -> String {
    let name = paint(STRONG, format_args!("{} {}", service.service, service.version));
    let mut out = format!("{name} (package {})\n", service.package);
    let mut table = Table::default();
    let label = |text: &str| (Style::new(), text.to_owned());
    match &service.state {
        State::NoBaseline => {
            table.row(vec![label("against"), (WARNING, format!("{} does not exist", service.baseline))]);
            table.row(vec![label("verdict"), (WARNING, "none".to_owned())]);
        }
        State::Compared(compared) => {
            if !compared.changes.is_empty() {
                out += &format!("\n{}\n", findings::changes(&compared.changes));
            }
            out += &findings::findings(&compared.comparison);
            let against = format!("{} ({})", service.baseline, compared.baseline_version);
            table.row(vec![label("against"), label(&against)]);
            table.row(vec![label("verdict"), findings::verdict(compared.comparison.verdict)]);
            let version = findings::version(&service.version, compared.comparison.verdict, &compared.step);
            table.row(vec![label("version"), label(&version)]);
            let committed =
                if compared.stale { (WARNING, "stale".to_owned()) } else { (GOOD, "fresh".to_owned()) };
            table.row(vec![label("committed document"), committed]);
        }
    }
    out + &table.render("  ")
}

fn hint(service: &Service) -> Option<String> {
    let (name, package) = (&service.service, &service.package);
    let write = format!("`lessmq-cli contract -p {package} --service {name} --write`");
    match &service.state {
        State::NoBaseline => Some(format!("`{name}` has no committed contract: {write} makes one")),
        State::Compared(compared) if compared.is_broken() => Some(broken(service, compared)),
        State::Compared(compared) if compared.stale && compared.comparison.verdict != Verdict::Undecided => {
            Some(format!("the committed contract of `{name}` differs from the code: {write} refreshes it"))
        }
        State::Compared(_) => None,
    }
}

fn broken(service: &Service, compared: &Compared) -> String {
    let (name, package) = (&service.service, &service.package);
    let least = &compared.step.least_version;
    format!(
        "make the change of `{name}` compatibly; or, if it is meant, set the version of {package} to {least}"
    )
}

fn exit(service: &Service) -> Exit {
    match &service.state {
        State::NoBaseline => Exit::NoAnswer,
        State::Compared(compared) if compared.comparison.verdict == Verdict::Undecided => Exit::NoAnswer,
        State::Compared(compared) if compared.is_broken() => Exit::Findings,
        State::Compared(_) => Exit::Fine,
    }
}
