//! Rendering the report of `init`.

use super::Render;
use super::style::{GOOD, STRONG, WARNING, paint, plain};
use super::table::Table;
use crate::report::{FileState, InitReport};

impl Render for InitReport {
    fn human(&self) -> String {
        let mut table = Table::default();
        for file in &self.files {
            let (style, state) = match (file.state, self.dry_run) {
                (FileState::New, false) => (GOOD, "wrote"),
                (FileState::New, true) => (GOOD, "would write"),
                (FileState::Overwritten, false) => (WARNING, "overwrote"),
                (FileState::Overwritten, true) => (WARNING, "would overwrite"),
                (FileState::Unchanged, _) => (GOOD, "up to date"),
                (FileState::Kept, _) => (WARNING, "kept"),
            };
            table.row(vec![(style, state.to_owned()), (anstyle::Style::new(), plain(&file.name))]);
        }
        let mut out = table.render("");
        if self.dry_run {
            for file in &self.files {
                out += &format!("\n{}\n{}", paint(STRONG, plain(&file.name)), file.content);
            }
        }
        out
    }

    fn json(&self) -> serde_json::Result<String> {
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        serde_json::to_string(&names)
    }
}
