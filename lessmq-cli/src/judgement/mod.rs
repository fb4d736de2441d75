//! Whether a contract may follow another one: what `check` and `publish` both go by.

pub(crate) mod line;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use jiff::civil::Date;
use lessmq::compat::Severity;
use lessmq::contract::Contract;
use serde::Serialize;

use crate::commands::Exit;
use crate::comparison::{self, Comparison, Finding, Step, Verdict};
use crate::settings::{Allowance, Settings};
use crate::sources::Place;

/// How firmly a contract stands that another one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    /// It was released: it stays as it is, and every change has a version of its own.
    Released,
    /// It was committed and may not have been released: a change that breaks nobody may wait for its version.
    Committed,
    /// It was committed before that, and says nothing about versions.
    Past,
    /// It runs now: consumers of that run too, and no version keeps them from a new provider.
    Live,
}

/// Why a contract may not follow another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Objection {
    /// The version was released with another contract.
    VersionTaken,
    /// The change asks for a greater step in version.
    InsufficientBump,
    /// The version is lower than the one that it follows.
    VersionLower,
    /// Nobody can say whether it breaks anybody, and no version tells of that.
    Undecided,
}

/// How one contract follows another.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Issue>,
    /// With findings that are allowed left out.
    pub(crate) step: Step,
    pub(crate) objection: Option<Objection>,
    /// Whether a finding is an error that is neither allowed nor told by the version.
    pub(crate) is_broken: bool,
    pub(crate) outcome: Exit,
}

/// A finding, with what is known of it here.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Issue {
    #[serde(flatten)]
    pub(crate) finding: Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowance: Option<Allowance>,
}

impl Issue {
    /// Whether lessmq.toml allows it, today.
    pub(crate) fn is_allowed(&self) -> bool {
        self.allowance.as_ref().is_some_and(|allowance| !allowance.expired)
    }
}

/// Says which contracts may follow which, with what lessmq.toml allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) today: Date,
}

impl Judge<'_> {
    /// How `new` follows `old`.
    pub(crate) fn judge(&self, old: &Contract, new: &Contract, standing: Standing) -> Judgement {
        let (Comparison { verdict, findings }, mut step) = comparison::evolution(old, new);
        step.version_suffices &= standing != Standing::Live;
        let issue = |finding: Finding| {
            let allowance = self.settings.allowance(&finding.fingerprint, self.today);
            Issue { finding, place: None, allowance }
        };
        let findings: Vec<Issue> = findings.into_iter().map(issue).collect();
        let found = outcome(verdict, &findings, &step);
        let breaks = matches!(verdict, Verdict::Incompatible | Verdict::Undecided);
        if breaks && found == Exit::Fine && !step.version_suffices {
            // All that it breaks is allowed.
            step = Step::of_compatible(&old.version, &new.version);
        }
        let follows = matches!(standing, Standing::Released | Standing::Committed);
        let is_released = standing == Standing::Released;
        let objection = match new.version.cmp_precedence(&old.version) {
            Ordering::Less if follows => Some(Objection::VersionLower),
            _ if verdict == Verdict::Identical => None,
            Ordering::Equal if is_released => Some(Objection::VersionTaken),
            _ if found == Exit::NoAnswer => Some(Objection::Undecided),
            _ if found == Exit::Findings => Some(Objection::InsufficientBump),
            _ if is_released && !step.version_suffices => Some(Objection::InsufficientBump),
            _ => None,
        };
        let least = if objection.is_some() { Exit::Findings } else { Exit::Fine };
        let (is_broken, outcome) = (found == Exit::Findings, found.max(least));
        Judgement { verdict, findings, step, objection, is_broken, outcome }
    }
}

/// What the findings come to.
fn outcome(verdict: Verdict, findings: &[Issue], step: &Step) -> Exit {
    let open = |severity| {
        let mut of_it = findings.iter().filter(|issue| issue.finding.severity == severity).peekable();
        // A verdict whose reason was not told cannot be allowed.
        of_it.peek().is_none() || of_it.any(|issue| !issue.is_allowed())
    };
    let has_warning = findings.iter().any(|issue| issue.finding.severity == Severity::Warning);
    match verdict {
        Verdict::Identical | Verdict::Compatible => Exit::Fine,
        Verdict::Incompatible if open(Severity::Error) && !step.version_suffices => Exit::Findings,
        Verdict::Incompatible if !has_warning => Exit::Fine,
        Verdict::Incompatible | Verdict::Undecided if open(Severity::Warning) => Exit::NoAnswer,
        Verdict::Incompatible | Verdict::Undecided => Exit::Fine,
    }
}
