//! The reports of `dlq`.

use serde::Serialize;
use serde_json::Value;

use super::{ExitStatus, Report};

/// The sources that have dead letters.
#[derive(Debug, Serialize)]
pub(crate) struct DeadLettersListReport {
    /// How long the command waited for processes to answer, in milliseconds.
    pub(crate) waited_ms: u64,
    pub(crate) sources: Vec<DeadLetterCount>,
}

/// How many dead letters a source has.
#[derive(Debug, Serialize)]
pub(crate) struct DeadLetterCount {
    pub(crate) source: String,
    /// `None` if the broker does not count messages.
    pub(crate) dead: Option<u64>,
}

/// Some dead letters of a source.
#[derive(Debug, Serialize)]
pub(crate) struct DeadLettersReport {
    pub(crate) source: String,
    /// How many there are in all; `None` if the broker does not count messages.
    pub(crate) dead: Option<u64>,
    pub(crate) messages: Vec<DeadLetterReport>,
}

/// One dead letter.
#[derive(Debug, Serialize)]
pub(crate) struct DeadLetterReport {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) sender: String,
    pub(crate) sent_at: Option<String>,
    /// When it became a dead letter, if the broker says so.
    pub(crate) published_at: Option<String>,
    pub(crate) reason: &'static str,
    pub(crate) detail: String,
    pub(crate) attempts: u32,
    pub(crate) payload: Payload,
    pub(crate) payload_bytes: usize,
}

/// A payload, as well as it can be shown.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Payload {
    Json(Value),
    Text(String),
    /// Neither JSON nor UTF-8. It is `null` in a report.
    Binary,
}

/// How many dead letters were moved back.
#[derive(Debug, Serialize)]
pub(crate) struct RedriveReport {
    pub(crate) source: String,
    pub(crate) moved: u64,
    /// How many dead letters there are now, if the broker counts them.
    pub(crate) left: Option<u64>,
}

/// How many dead letters were deleted.
#[derive(Debug, Serialize)]
pub(crate) struct PurgeReport {
    pub(crate) source: String,
    /// `None` if the broker does not count messages.
    pub(crate) purged: Option<u64>,
}

impl Report for DeadLettersListReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }

    fn hints(&self) -> Vec<String> {
        if self.sources.is_empty() {
            return vec![
                "give the sources of processes that are not running with --source SOURCE".to_owned(),
            ];
        }
        let first = self.sources.iter().find(|source| source.dead != Some(0));
        let hint = |first: &DeadLetterCount| {
            format!(
                "run `lessmq-cli dlq show URL {}` to read the dead letters and their reasons",
                first.source
            )
        };
        first.map(hint).into_iter().collect()
    }
}

impl Report for DeadLettersReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }
}

impl Report for RedriveReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }
}

impl Report for PurgeReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }
}
