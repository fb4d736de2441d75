//! What a check found.

use lessmq::compat::Severity;
use semver::Version;
use serde::{Serialize, Serializer};

use crate::changes::MethodChange;
use crate::commands::Exit;
use crate::comparison::{Step, Verdict};
use crate::concerns::{self, Concern};
use crate::judgement::{Issue, Standing};

/// All services that were checked.
#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    pub(crate) outcome: Exit,
    pub(crate) services: Vec<Service>,
    /// Findings that lessmq.toml allows and that were not found.
    pub(crate) unused_allowances: Vec<String>,
    /// From the top of the repository to the workspace, with a `/` at its end: GitHub names files from there.
    #[serde(skip)]
    pub(crate) prefix: String,
}

/// One service that was checked.
#[derive(Debug, Serialize)]
pub(crate) struct Service {
    pub(crate) service: String,
    pub(crate) package: String,
    pub(crate) version: Version,
    pub(crate) fingerprint: String,
    pub(crate) outcome: Exit,
    pub(crate) committed: Committed,
    /// Where baselines were looked for.
    pub(crate) against: String,
    /// The newest first.
    pub(crate) baselines: Vec<Compared>,
    /// What is wrong beside incompatible changes.
    pub(crate) problems: Vec<Problem>,
}

/// The contract document that is committed beside the code.
#[derive(Debug, Serialize)]
pub(crate) struct Committed {
    pub(crate) path: String,
    /// Whether a contract crate stands around it.
    #[serde(skip)]
    pub(crate) is_crate: bool,
    pub(crate) state: Document,
    /// Whether git has another one, or none. Told only where git is asked for baselines.
    pub(crate) uncommitted: bool,
}

/// How a committed document stands to the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Document {
    /// It says what the code says.
    Fresh,
    /// It says something else.
    Stale,
    /// There is none.
    Missing,
}

impl Committed {
    /// The command that brings it up to date.
    pub(crate) fn refresh(&self, package: &str, service: &str) -> String {
        match self.is_crate {
            true => format!("`lessmq-cli publish -p {package} --service {service}`"),
            false => format!("`lessmq-cli contract -p {package} --service {service} --write`"),
        }
    }
}

impl Document {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Missing => "missing",
        }
    }
}

/// How the code stands to one baseline.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) origin: String,
    pub(crate) version: Version,
    pub(crate) fingerprint: String,
    pub(crate) standing: Standing,
    pub(crate) outcome: Exit,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Issue>,
    #[serde(flatten)]
    pub(crate) step: Step,
    /// What speaks against the version, where no finding does.
    pub(crate) problems: Vec<Problem>,
    pub(crate) changes: Vec<MethodChange>,
}

/// Something that is wrong beside incompatible changes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(serialize_with = "concerns::serialize_id")]
    pub(crate) rule: &'static Concern,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) remedy: String,
    #[serde(skip)]
    pub(crate) exit: Exit,
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
