//! One comparison with its diagnostics, as all formats for other tools show it.

use crate::report::{Diagnostic, ExitStatus, Verdict};

/// One comparison, or what was found without one.
#[derive(Debug)]
pub(crate) struct Section {
    pub(super) service: String,
    /// What was compared: `user 1.2.0`.
    pub(super) subject: String,
    /// The baseline: `contracts/user/contract.json (1.1.0)`.
    pub(super) against: String,
    /// The verdict of the comparison. `None` if nothing was compared.
    pub(super) verdict: Option<Verdict>,
    /// What the change requires of the version.
    pub(super) version: String,
    pub(super) status: ExitStatus,
    /// The path from the top of the repository to the workspace: `inner/`, or empty.
    pub(super) prefix: String,
    /// The file of diagnostics without a location.
    pub(super) file: String,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Section {
    /// The file of a diagnostic, from the top of the repository.
    pub(super) fn file_of(&self, diagnostic: &Diagnostic) -> String {
        let file = diagnostic.location.as_ref().map_or(&self.file, |location| &location.file);
        format!("{}{file}", self.prefix)
    }

    pub(super) fn verdict(&self) -> &'static str {
        self.verdict.map_or("none", Verdict::as_str)
    }

    /// Whether consumers break.
    pub(super) fn is_breaking(&self) -> bool {
        self.status == ExitStatus::Findings && self.verdict == Some(Verdict::Incompatible)
    }

    /// Whether no diagnostic explains the status.
    pub(super) fn is_unexplained(&self) -> bool {
        ExitStatus::worst(self.diagnostics.iter().map(|diagnostic| diagnostic.status)) < self.status
    }

    /// The result in a few words.
    pub(super) fn result(&self) -> &'static str {
        match self.status {
            ExitStatus::Success => "passed",
            ExitStatus::Findings if self.is_breaking() => "breaking",
            ExitStatus::Findings => "failed",
            ExitStatus::NoAnswer => "no answer",
        }
    }
}
