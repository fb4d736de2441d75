//! The report of `diff`.

use anstyle::Style;

use super::section::{Remark, Section, by_cause, version};
use super::style::{STRONG, WARNING, paint};
use super::table::Table;
use super::{FindingsReport, Report, findings};
use crate::commands::Exit;
use crate::commands::diff::Difference;
use crate::comparison::{Step, Verdict};

impl Report for Difference {
    fn human(&self) -> String {
        let (old, new) = (&self.old.version, &self.new.version);
        let service = paint(STRONG, &self.service);
        let mut out = format!("{service} {old} → {new}\n\n");
        if !self.changes.is_empty() {
            out += &format!("{}\n", findings::changes(&self.changes));
        }
        out.extend(by_cause(&remarks(self)).iter().map(findings::remark));
        let mut table = Table::default();
        let label = |text: &str| (Style::new(), text.to_owned());
        table.row(vec![label("old consumers, new provider"), findings::verdict(self.forward.verdict)]);
        table.row(vec![label("new consumers, old provider"), findings::verdict(self.backward.verdict)]);
        let version = version(new, self.forward.verdict, &self.step);
        let style = if self.step.version_suffices { Style::new() } else { WARNING };
        table.row(vec![label("version"), (style, version)]);
        out + &table.render("")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn hints(&self) -> Vec<String> {
        let hint = match (self.forward.verdict, self.backward.verdict) {
            (Verdict::Compatible, Verdict::Incompatible) => "deploy the provider before its consumers",
            (Verdict::Incompatible, Verdict::Identical | Verdict::Compatible) => {
                "deploy the consumers before the provider, or make the change compatibly"
            }
            (Verdict::Incompatible, Verdict::Incompatible) => {
                "give what changed a new name, and remove the old one when nobody uses it any more"
            }
            _ => return Vec::new(),
        };
        vec![hint.to_owned()]
    }

    fn exit(&self) -> Exit {
        match self.forward.verdict {
            Verdict::Identical | Verdict::Compatible => Exit::Fine,
            Verdict::Incompatible => Exit::Findings,
            Verdict::Undecided => Exit::NoAnswer,
        }
    }
}

impl FindingsReport for Difference {
    fn sections(&self) -> Vec<Section> {
        vec![Section {
            service: self.service.clone(),
            subject: format!("{} {}", self.service, self.new.version),
            against: format!("{} ({})", self.old.path, self.old.version),
            verdict: self.forward.verdict.as_str().to_owned(),
            version: version(&self.new.version, self.forward.verdict, &self.step),
            exit: self.exit(),
            file: self.new.path.clone(),
            remarks: remarks(self),
        }]
    }
}

/// What breaks or may break, whatever the version says of it.
fn remarks(difference: &Difference) -> Vec<Remark> {
    let judged = Step { version_suffices: false, ..difference.step.clone() };
    let findings = difference.forward.findings.iter();
    findings.filter_map(|finding| Remark::of_finding(finding, &judged)).collect()
}
