//! Whether a contract may follow another one.

use lessmq::compat::Bump;
use semver::Version;
use serde::Serialize;

use super::{Diagnostic, ExitStatus, MethodChange, Verdict, rule};

/// How a new contract follows a baseline.
#[derive(Debug, Serialize)]
pub(crate) struct Judgement {
    pub(crate) baseline_version: Version,
    pub(crate) status: ExitStatus,
    pub(crate) verdict: Verdict,
    /// The result of the comparison.
    pub(crate) findings: Vec<Diagnostic>,
    /// What the findings that are not allowed require of the version.
    #[serde(flatten)]
    pub(crate) step: VersionStep,
    /// Why the new contract may not follow the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) objection: Option<Diagnostic>,
    pub(crate) changes: Vec<MethodChange>,
}

impl Judgement {
    /// Whether a finding is an error that is neither allowed nor announced by the version.
    pub(crate) fn is_broken(&self) -> bool {
        self.findings.iter().any(|finding| finding.status == ExitStatus::Findings)
    }

    /// The lowest version for a compatible change.
    pub(crate) fn least_compatible_version(&self) -> Version {
        Bump::Minor.next(&self.baseline_version)
    }

    /// The objection to the version, unless a finding already says the same.
    pub(crate) fn version_objection(&self) -> Option<&Diagnostic> {
        let repeats_a_finding = |objection: &&Diagnostic| match objection.rule {
            id if id == rule::VERSION_LOWER.id => false,
            id if id == rule::VERSION_TAKEN.id || id == rule::INSUFFICIENT_BUMP.id => self.is_broken(),
            _ => true,
        };
        self.objection.as_ref().filter(|objection| !repeats_a_finding(objection))
    }
}

/// What a change requires of the version.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VersionStep {
    pub(crate) bump: Bump,
    /// The lowest version that may carry the change.
    pub(crate) least_version: Version,
    /// Whether the new version is at least `least_version`.
    pub(crate) version_suffices: bool,
}

impl VersionStep {
    pub(crate) fn new(bump: Bump, old: &Version, new: &Version) -> Self {
        let least_version = if bump == Bump::Patch { old.clone() } else { bump.next(old) };
        Self { bump, least_version, version_suffices: bump.is_made(old, new) }
    }
}

/// What kind of contract a baseline is: how much a new contract may differ from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BaselineKind {
    /// Released: it never changes, and every change needs a new version.
    Released,
    /// Committed, perhaps not released: a compatible change may keep the version.
    Committed,
    /// Committed earlier: it sets no limit to the version.
    Past,
    /// Live now: its consumers are live too, and no version protects them from an incompatible provider.
    Live,
}
