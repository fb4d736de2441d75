//! Generated sources, or where they were written.

use super::Report;
use crate::commands::Exit;
use crate::commands::generate::Sources;

impl Report for Sources {
    fn human(&self) -> String {
        let files = &self.generated.files;
        match &self.written {
            Some(written) => {
                let (directory, changed) = (written.directory.display(), written.changed);
                match changed {
                    0 => format!("{directory}: all {} files are as they should be\n", files.len()),
                    _ => format!("{directory}: wrote {changed} of {} files\n", files.len()),
                }
            }
            None => {
                files.iter().map(|(path, text)| format!("==> {} <==\n{text}\n", path.display())).collect()
            }
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&self.generated.files)
    }

    fn exit(&self) -> Exit {
        Exit::Fine
    }
}
