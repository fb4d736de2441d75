//! Rendering the report of `generate`.

use super::Render;
use crate::report::GenerateReport;

impl Render for GenerateReport {
    fn human(&self) -> String {
        match &self.written {
            Some(written) => {
                let (directory, count) = (written.directory.display(), self.files.len());
                let mut text = match written.changed {
                    0 => format!("{directory}: all {count} files are up to date\n"),
                    changed => format!("{directory}: wrote {changed} of {count} files\n"),
                };
                if !self.dependencies.is_empty() {
                    text += &format!(
                        "the code needs `lessmq` and these dependencies:\n\n{}\n",
                        self.dependencies.join("\n")
                    );
                }
                text
            }
            None => {
                let file = |(path, text): (&std::path::PathBuf, &String)| {
                    format!("==> {} <==\n{text}\n", path.display())
                };
                self.files.iter().map(file).collect()
            }
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&self.files)
    }
}
