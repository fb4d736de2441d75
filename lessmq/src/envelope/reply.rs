//! The answer to a call.

use std::fmt;

use bytes::Bytes;

use super::Text;

/// The answer to a call. It belongs to the message that it answers, and has no attributes but these.
#[derive(Clone, PartialEq)]
pub struct Reply {
    /// How the call ended.
    pub outcome: Outcome,
    /// CloudEvents `dataschema`: the provider's contract, see [`Contract::id`](crate::contract::Contract::id).
    pub data_schema: Option<Text>,
    /// The payload.
    pub data: Bytes,
}

/// How a call ended, on its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The payload is the reply.
    Ok,
    /// The payload is the provider's typed error.
    Rejected,
    /// The payload is a [fault](crate::server::Fault): the call never reached a result.
    Fault,
}

impl Reply {
    /// A reply of which only the payload is known, as one that was not sent by LessMQ.
    pub fn new(data: impl Into<Bytes>) -> Self {
        Self { outcome: Outcome::Ok, data_schema: None, data: data.into() }
    }
}

impl Outcome {
    /// The value on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Rejected => "rejected",
            Self::Fault => "fault",
        }
    }

    /// The outcome of this name on the wire.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ok, Self::Rejected, Self::Fault].into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// Prints the payload's length: payloads hold passwords and addresses.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("outcome", &self.outcome)
            .field("data_schema", &self.data_schema)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .finish()
    }
}
