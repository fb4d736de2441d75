//! The report of `init`.

use super::{ExitStatus, Report};

/// The files of a new workspace.
#[derive(Debug)]
pub(crate) struct InitReport {
    /// Whether nothing was written.
    pub(crate) dry_run: bool,
    /// Whether the workspace has contracts to check against.
    pub(crate) has_contracts: bool,
    pub(crate) files: Vec<InitFile>,
}

/// One file.
#[derive(Debug)]
pub(crate) struct InitFile {
    /// Its path from the top of the repository.
    pub(crate) name: String,
    pub(crate) content: String,
    pub(crate) state: FileState,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileState {
    /// The file did not exist.
    New,
    /// The file differed and was overwritten.
    Overwritten,
    /// The file has the wanted content already.
    Unchanged,
    /// The file differs and was kept.
    Kept,
}

impl Report for InitReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }

    fn hints(&self) -> Vec<String> {
        let is_kept = |file: &&InitFile| file.state == FileState::Kept;
        let kept: Vec<&str> = self.files.iter().filter(is_kept).map(|file| file.name.as_str()).collect();
        if !kept.is_empty() {
            let (names, exist, them) = match &*kept {
                [name] => ((*name).to_owned(), "exists", "it"),
                names => (names.join(", "), "exist", "them"),
            };
            let preview = if self.dry_run { "" } else { "--dry-run shows the new content, and " };
            return vec![format!("{names} {exist}: {preview}--force overwrites {them}")];
        }
        if self.dry_run || self.has_contracts {
            return Vec::new();
        }
        vec![
            "write the contracts with `lessmq-cli contract --write`, or as crates with `lessmq-cli publish`, and commit \
             them: `check` compares with them"
                .to_owned(),
        ]
    }
}
