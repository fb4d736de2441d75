//! The report of `diff`.

use semver::Version;
use serde::Serialize;

use super::{Diagnostic, ExitStatus, MethodChange, Report, Verdict, VersionStep};

/// How two contracts of one service differ.
#[derive(Debug, Serialize)]
pub(crate) struct DiffReport {
    pub(crate) service: String,
    pub(crate) old: ContractFile,
    pub(crate) new: ContractFile,
    /// Consumers of the old contract with a provider of the new one.
    pub(crate) forward: Comparison,
    /// Consumers of the new contract with a provider of the old one: decides which is deployed first.
    pub(crate) backward: Comparison,
    #[serde(flatten)]
    pub(crate) step: VersionStep,
    pub(crate) changes: Vec<MethodChange>,
    /// The types of the new contract that cannot read what they write, whatever changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unreadable: Vec<Diagnostic>,
}

/// One of the two contracts.
#[derive(Debug, Serialize)]
pub(crate) struct ContractFile {
    pub(crate) path: String,
    pub(crate) version: Version,
    pub(crate) fingerprint: String,
}

/// What a comparison found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Comparison {
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Diagnostic>,
}

impl Report for DiffReport {
    fn status(&self) -> ExitStatus {
        self.forward.verdict.status()
    }

    fn warnings(&self) -> Vec<String> {
        let warning = |found: &Diagnostic| {
            let Diagnostic { message, subject, rule, .. } = found;
            format!("{message}, in {subject}; run `lessmq-cli explain {rule}` for details")
        };
        self.unreadable.iter().map(warning).collect()
    }

    fn hints(&self) -> Vec<String> {
        let hint = match (self.forward.verdict, self.backward.verdict) {
            (Verdict::Compatible, Verdict::Incompatible) => "deploy the provider before its consumers",
            (Verdict::Incompatible, Verdict::Identical | Verdict::Compatible) => {
                "deploy the consumers before the provider, or make the change compatible"
            }
            (Verdict::Incompatible, Verdict::Incompatible) => {
                "keep each old method and field, add the new one next to it under a different name, and remove the old \
                 one when no consumer uses it"
            }
            _ => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}
