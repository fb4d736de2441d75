//! Whether two contracts fit, as the reports tell it. The only module that knows how [`lessmq::compat`] says it.

use lessmq::compat::{self, Bump, Severity};
use lessmq::contract::{Contract, MethodKind, Role};
use semver::Version;
use serde::Serialize;
use serde_json::Value;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Identical,
    Compatible,
    Incompatible,
    Undecided,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Compatible => "compatible",
            Self::Incompatible => "incompatible",
            Self::Undecided => "undecided",
        }
    }
}

impl From<compat::Verdict> for Verdict {
    fn from(verdict: compat::Verdict) -> Self {
        match verdict {
            compat::Verdict::Identical => Self::Identical,
            compat::Verdict::Compatible => Self::Compatible,
            compat::Verdict::Incompatible => Self::Incompatible,
            // What a later library may say is no promise either.
            _ => Self::Undecided,
        }
    }
}

/// What a comparison found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Comparison {
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Finding>,
}

/// One thing that was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// The rule's id.
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) method: String,
    pub(crate) kind: MethodKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) direction: Option<Role>,
    pub(crate) writer_pointer: String,
    pub(crate) reader_pointer: String,
    pub(crate) message: String,
    /// Every path that leads to the type in question.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) paths: Vec<Vec<String>>,
    /// The same as lines of a tree.
    #[serde(skip)]
    pub(crate) path_tree: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) counterexample: Option<Value>,
    pub(crate) explanation: &'static str,
    pub(crate) remedy: &'static str,
    /// Stays the same from commit to commit.
    pub(crate) fingerprint: String,
}

/// What a change asks of the version.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    pub(crate) bump: Bump,
    /// The least version that may carry the change.
    pub(crate) least_version: Version,
    /// Whether the new version may.
    pub(crate) version_suffices: bool,
}

/// Whether consumers that were built against `old` get on with a provider of `new`, and what that asks of its version.
pub(crate) fn evolution(old: &Contract, new: &Contract) -> (Comparison, Step) {
    let report = compat::check_evolution(old, new);
    let step = Step::new(report.bump, &old.version, &new.version);
    (report.into(), step)
}

impl Step {
    fn new(bump: Bump, old: &Version, new: &Version) -> Self {
        let least_version = if bump == Bump::Patch { old.clone() } else { bump.next(old) };
        Self { bump, least_version, version_suffices: bump.is_made(old, new) }
    }

    /// What a change asks for whose breaks are all allowed.
    pub(crate) fn of_compatible(old: &Version, new: &Version) -> Self {
        Self::new(Bump::Minor, old, new)
    }
}

/// Whether a consumer that was built against `consumer` gets on with `provider`.
pub(crate) fn consumer(consumer: &Contract, provider: &Contract) -> Comparison {
    compat::check_consumer(consumer, provider).into()
}

/// A value of the schema: what a reader that takes nothing would be shown.
pub(crate) fn example(schema: &Value) -> Option<Value> {
    let comparison = compat::compare_schemas(schema, &Value::Bool(false), &compat::Options::default());
    comparison.findings.into_iter().find_map(|finding| finding.counterexample)
}

impl From<compat::Report> for Comparison {
    fn from(report: compat::Report) -> Self {
        Self {
            verdict: report.verdict.into(),
            findings: report.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

impl From<compat::Finding> for Finding {
    fn from(finding: compat::Finding) -> Self {
        Self {
            rule: finding.rule.id,
            explanation: finding.rule.explanation,
            remedy: finding.rule.remedy,
            fingerprint: finding.fingerprint(),
            path_tree: finding.path_tree(),
            paths: finding.paths,
            severity: finding.severity,
            method: finding.method,
            kind: finding.kind,
            direction: finding.direction,
            writer_pointer: finding.writer_pointer,
            reader_pointer: finding.reader_pointer,
            message: finding.message,
            counterexample: finding.counterexample,
        }
    }
}
