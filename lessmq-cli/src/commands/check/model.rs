//! What a check found.

use lessmq::compat::Severity;
use semver::Version;
use serde::{Serialize, Serializer};

use crate::changes::MethodChange;
use crate::commands::Exit;
use crate::comparison::{Finding, Step, Verdict};
use crate::settings::Allowance;
use crate::sources::Place;

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
    /// Whether it is what runs now: consumers of that run too, and no version keeps them from a new provider.
    pub(crate) live: bool,
    pub(crate) outcome: Exit,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Issue>,
    #[serde(flatten)]
    pub(crate) step: Step,
    pub(crate) changes: Vec<MethodChange>,
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

/// Something that is wrong beside incompatible changes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Problem {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) remedy: String,
    #[serde(skip)]
    pub(crate) exit: Exit,
}

impl Compared {
    /// What the findings come to.
    pub(crate) fn outcome(verdict: Verdict, findings: &[Issue], step: &Step) -> Exit {
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
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
