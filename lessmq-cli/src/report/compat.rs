//! The report of `compat`.

use lessmq::compat::ChosenDraft;
use serde::Serialize;
use serde_json::Value;

use super::{Diagnostic, ExitStatus, Report, Verdict};

/// How two schemas compare.
#[derive(Debug, Serialize)]
pub(crate) struct CompatReport {
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Diagnostic>,
    /// Why the verdict is undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The drafts by which the schemas were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drafts: Option<Drafts>,
    pub(crate) micros: u64,
}

/// The drafts by which two schemas were read, and why.
#[derive(Debug, Serialize)]
pub(crate) struct Drafts {
    pub(crate) old: ChosenDraft,
    pub(crate) new: ChosenDraft,
}

impl From<[ChosenDraft; 2]> for Drafts {
    fn from([old, new]: [ChosenDraft; 2]) -> Self {
        Self { old, new }
    }
}

/// The answer to one pair of a batch.
#[derive(Debug, Serialize)]
pub(crate) struct BatchAnswer {
    /// As the pair gives it; otherwise the number of the line.
    pub(crate) id: Value,
    pub(crate) verdict: Verdict,
    /// A message that the old schema allows and the new one rejects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) counterexample: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) drafts: Option<Drafts>,
    /// How long the comparison alone took.
    pub(crate) micros: u64,
    /// Why the verdict is undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

impl Report for CompatReport {
    fn status(&self) -> ExitStatus {
        self.verdict.status()
    }

    fn hints(&self) -> Vec<String> {
        let first = self.findings.first();
        first
            .map(|first| format!("run `lessmq-cli explain {}` for details", first.rule))
            .into_iter()
            .collect()
    }
}
