//! The report of `diff`.

use anstyle::Style;

use super::style::{STRONG, paint};
use super::table::Table;
use super::{Report, findings};
use crate::commands::Exit;
use crate::commands::diff::Difference;
use crate::comparison::Verdict;

impl Report for Difference {
    fn human(&self) -> String {
        let (old, new) = (&self.old.version, &self.new.version);
        let service = paint(STRONG, &self.service);
        let mut out = format!("{service} {old} → {new}\n\n");
        if !self.changes.is_empty() {
            out += &format!("{}\n", findings::changes(&self.changes));
        }
        out += &findings::findings(&self.forward);
        let mut table = Table::default();
        let label = |text: &str| (Style::new(), text.to_owned());
        table.row(vec![label("old consumers, new provider"), findings::verdict(self.forward.verdict)]);
        table.row(vec![label("new consumers, old provider"), findings::verdict(self.backward.verdict)]);
        let version = findings::version(new, self.forward.verdict, &self.step);
        table.row(vec![label("version"), label(&version)]);
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
