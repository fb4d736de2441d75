//! What speaks against a release, for its report.

use lessmq::contract::Contract;
use semver::Version;
use serde::Serialize;

use crate::changes::{self, MethodChange};
use crate::commands::Exit;
use crate::comparison::{Step, Verdict};
use crate::judgement::{Issue, Judge, Judgement, Objection, Standing};

/// Why a version may not be released.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    pub(crate) reason: Objection,
    #[serde(skip)]
    pub(crate) outcome: Exit,
    pub(crate) baseline_version: Version,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Issue>,
    #[serde(flatten)]
    pub(crate) step: Step,
    pub(crate) changes: Vec<MethodChange>,
}

impl Refusal {
    /// The objection to `new` after `old`, if there is one.
    pub(crate) fn of(judge: Judge<'_>, old: &Contract, new: &Contract, standing: Standing) -> Option<Self> {
        let Judgement { verdict, findings, step, objection, outcome, .. } = judge.judge(old, new, standing);
        objection.map(|reason| Self {
            reason,
            outcome,
            baseline_version: old.version.clone(),
            verdict,
            findings,
            step,
            changes: changes::between(old, new),
        })
    }
}
