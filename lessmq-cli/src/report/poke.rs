//! The reports of `call`, `send`, `listen` and `methods`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lessmq::contract::MethodKind;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{ExitStatus, Report};

/// What a service answered.
#[derive(Debug, Serialize)]
pub(crate) struct CallReport {
    pub(crate) method: String,
    pub(crate) outcome: CallOutcome,
    /// The reply, or the typed error.
    pub(crate) payload: Box<RawValue>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CallOutcome {
    /// With a reply.
    Ok,
    /// With a typed error.
    Rejected,
}

impl Report for CallReport {
    fn status(&self) -> ExitStatus {
        match self.outcome {
            CallOutcome::Ok => ExitStatus::Success,
            CallOutcome::Rejected => ExitStatus::Findings,
        }
    }

    fn warnings(&self) -> Vec<String> {
        match self.outcome {
            CallOutcome::Ok => Vec::new(),
            CallOutcome::Rejected => vec![format!("`{}` returned its typed error", self.method)],
        }
    }
}

/// A message that the broker has stored.
#[derive(Debug, Serialize)]
pub(crate) struct SendReport {
    pub(crate) method: String,
    pub(crate) kind: MethodKind,
    pub(crate) id: String,
}

impl Report for SendReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }
}

/// An event that was received.
#[derive(Debug, Serialize)]
pub(crate) struct EventReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<Timestamp>,
    /// `{service}.{event}`.
    #[serde(rename = "type")]
    pub(crate) method: String,
    pub(crate) id: String,
    pub(crate) source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partition_key: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) payload: EventPayload,
    /// Why it does not match the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mistake: Option<String>,
}

/// The payload of an event.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum EventPayload {
    Json(Box<RawValue>),
    /// One that is not JSON.
    Text(String),
}

/// Methods of live services.
#[derive(Debug, Serialize)]
pub(crate) struct MethodsReport {
    #[serde(skip)]
    pub(crate) names_only: bool,
    pub(crate) methods: Vec<MethodReport>,
}

/// A method of a live service.
#[derive(Debug, Serialize)]
pub(crate) struct MethodReport {
    /// `{service}.{method}`.
    pub(crate) name: String,
    pub(crate) kind: MethodKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deprecated: Option<String>,
}

impl Report for MethodsReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }

    fn hints(&self) -> Vec<String> {
        if self.methods.is_empty() && !self.names_only {
            return vec!["`lessmq-cli ps` lists the live services; check PREFIX and --kind".to_owned()];
        }
        Vec::new()
    }
}
