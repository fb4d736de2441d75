//! The report of `init`.

use super::Report;
use super::style::{GOOD, WARNING, paint, plain};
use super::table::Table;
use crate::commands::Exit;
use crate::commands::init::{FileState, Initialized};

impl Report for Initialized {
    fn human(&self) -> String {
        let mut table = Table::default();
        for file in &self.files {
            let (style, word) = match (file.state, self.dry_run) {
                (FileState::New, false) => (GOOD, "wrote"),
                (FileState::New, true) => (GOOD, "would write"),
                (FileState::Overwritten, false) => (WARNING, "overwrote"),
                (FileState::Overwritten, true) => (WARNING, "would overwrite"),
                (FileState::Unchanged, _) => (GOOD, "is there already"),
                (FileState::Kept, _) => (WARNING, "left alone"),
            };
            table.row(vec![(style, word.to_owned()), (anstyle::Style::new(), plain(&file.name))]);
        }
        let mut out = table.render("");
        if self.dry_run {
            for file in &self.files {
                out += &format!("\n{}\n{}", paint(super::style::STRONG, plain(&file.name)), file.content);
            }
        }
        out
    }

    fn json(&self) -> serde_json::Result<String> {
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        serde_json::to_string(&names)
    }

    fn hints(&self) -> Vec<String> {
        let kept: Vec<&str> = self
            .files
            .iter()
            .filter(|file| file.state == FileState::Kept)
            .map(|file| file.name.as_str())
            .collect();
        if !kept.is_empty() {
            let kept = kept.join(", ");
            return vec![format!(
                "{kept} differ from what would be written: see --dry-run and take over by hand what you want; --force overwrites"
            )];
        }
        if self.dry_run {
            return Vec::new();
        }
        vec!["`lessmq-cli contract --write` commits the contracts as they are now: the check compares with them".to_owned()]
    }

    fn exit(&self) -> Exit {
        Exit::Fine
    }
}
