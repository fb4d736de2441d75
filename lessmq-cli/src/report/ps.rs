//! The report of `ps`.

use lessmq::contract::Fingerprint;
use lessmq::discovery::{Provision, Refusal};
use semver::Version;
use serde::Serialize;

use super::{ExitStatus, Report};

/// The processes on a bus.
#[derive(Debug, Serialize)]
pub(crate) struct PsReport {
    /// How long the command waited for answers, in milliseconds.
    pub(crate) waited_ms: u64,
    pub(crate) services: Vec<LiveService>,
    pub(crate) instances: Vec<InstanceReport>,
    /// Who still uses older versions of methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) older_uses: Vec<OlderUse>,
}

/// A consumer that uses an older version of a method, of which a newer version is provided.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OlderUse {
    pub(crate) service: String,
    /// The older version, such as `get`.
    pub(crate) method: String,
    /// The newest version, such as `get@2`.
    pub(crate) newer: String,
    /// The name of the consumer.
    pub(crate) caller: String,
    /// How many of its messages the providers have handled since they started.
    pub(crate) messages: u64,
    /// How long ago the last of them was; absent for a process that was built against the older version only, and has not
    /// used it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_seconds_ago: Option<u64>,
}

/// A service that at least one process provides.
#[derive(Debug, Serialize)]
pub(crate) struct LiveService {
    pub(crate) service: String,
    /// Whether its copies have different contracts. Contracts without a common method are parts of the service, which
    /// separate processes provide.
    pub(crate) drift: bool,
    pub(crate) contracts: Vec<LiveContract>,
}

/// A contract that at least one process provides.
#[derive(Debug, Serialize)]
pub(crate) struct LiveContract {
    pub(crate) version: Version,
    pub(crate) fingerprint: Fingerprint,
    /// The ids of the processes that provide the contract.
    pub(crate) instances: Vec<String>,
}

/// One process.
#[derive(Debug, Serialize)]
pub(crate) struct InstanceReport {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) provides: Vec<Provision>,
    pub(crate) requires: Vec<Requirement>,
    /// The methods that it refuses to call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) refuses: Vec<Refusal>,
}

/// A contract that a process was built against.
#[derive(Debug, Serialize)]
pub(crate) struct Requirement {
    #[serde(flatten)]
    pub(crate) provision: Provision,
    pub(crate) fit: Fit,
}

/// How a required contract compares with the provided ones, by the fingerprints of its methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fit {
    /// Every required method is provided, with the required fingerprint by each copy that provides it.
    Same,
    /// A required method is not provided, or with another fingerprint, which may be compatible or not.
    Different,
    /// No process provides the service.
    Absent,
}

impl Fit {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::Absent => "absent",
        }
    }
}

impl Report for PsReport {
    fn status(&self) -> ExitStatus {
        let has_drift = self.services.iter().any(|service| service.drift);
        let has_refusals = self.instances.iter().any(|instance| !instance.refuses.is_empty());
        if has_drift || has_refusals { ExitStatus::Findings } else { ExitStatus::Success }
    }

    fn hints(&self) -> Vec<String> {
        if self.instances.is_empty() {
            return vec!["check that the services use this broker and this --namespace".to_owned()];
        }
        let mut hints = Vec::new();
        let drifting = self.services.iter().filter(|service| service.drift);
        let drifting: Vec<String> = drifting.map(|service| format!("`{}`", service.service)).collect();
        if !drifting.is_empty() {
            let drifting = drifting.join(", ");
            hints.push(format!(
                "copies of {drifting} provide different contracts: finish the roll-out or undo it"
            ));
        }
        let mut requirements = self.instances.iter().flat_map(|instance| &instance.requires);
        if requirements.any(|requirement| requirement.fit == Fit::Different) {
            hints.push(
                "run `lessmq-cli describe URL SERVICE | lessmq-cli diff OLD -` to see the differences"
                    .to_owned(),
            );
        }
        hints
    }
}
