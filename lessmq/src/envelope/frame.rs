//! The reply to a call.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::{Text, attribute};

/// One part of the reply to a call. Most replies have a single frame. The driver knows which call a frame belongs to.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Frame {
    /// The position of the frame in the reply, from 0.
    pub sequence: u32,
    /// Whether the frame is the last one of the reply.
    pub end: bool,
    /// The outcome of the call, on the last frame. Earlier frames have [`Outcome::Ok`].
    pub outcome: Outcome,
    /// CloudEvents `dataschema`: the provider's contract, see [`Contract::id`](crate::contract::Contract::id).
    pub data_schema: Option<Text>,
    /// The payload.
    pub data: Bytes,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The payload is the reply.
    Ok,
    /// The payload is the provider's typed error.
    Rejected,
    /// The payload is a [fault](crate::envelope::Fault): the call has no result.
    Fault,
}

impl Frame {
    /// The only frame of a reply.
    pub fn new(outcome: Outcome, data_schema: Option<Text>, data: impl Into<Bytes>) -> Self {
        Self { sequence: 0, end: true, outcome, data_schema, data: data.into() }
    }

    /// A reply of which only the payload is known, such as one that LessMQ did not send.
    pub fn bare(data: impl Into<Bytes>) -> Self {
        Self::new(Outcome::Ok, None, data)
    }

    /// The attributes that are set, by their names on the wire.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let outcome =
            (self.outcome != Outcome::Ok).then(|| (attribute::OUTCOME, self.outcome.as_str().into()));
        let data_schema = self.data_schema.as_deref().map(|schema| (attribute::DATA_SCHEMA, schema.into()));
        let sequence =
            (self.sequence > 0).then(|| (attribute::SEQUENCE, Cow::Owned(self.sequence.to_string())));
        let more = (!self.end).then_some((attribute::MORE, Cow::Borrowed("true")));
        [outcome, data_schema, sequence, more].into_iter().flatten()
    }

    /// Sets one attribute from the wire. Unknown ones and invalid values are ignored.
    pub fn set_attribute(&mut self, name: &str, value: &str) {
        match name {
            attribute::OUTCOME => self.outcome = Outcome::from_name(value).unwrap_or(self.outcome),
            attribute::DATA_SCHEMA => self.data_schema = Some(value.into()),
            attribute::SEQUENCE => self.sequence = value.parse().unwrap_or(self.sequence),
            attribute::MORE => self.end = value != "true",
            _ => {}
        }
    }

    /// The size of the frame, in bytes: payload and attributes, as with
    /// [`Envelope::encoded_len`](super::Envelope::encoded_len).
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let data_schema = self.data_schema.as_deref().map_or(0, |id| attribute::DATA_SCHEMA.len() + id.len());
        self.data.len() + data_schema
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

/// Prints only the length of the payload, which may contain passwords and addresses.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("sequence", &self.sequence)
            .field("end", &self.end)
            .field("outcome", &self.outcome)
            .field("data_schema", &self.data_schema)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_survive_the_wire() {
        let id = "urn:lessmq:user:1.0.0:00";
        let more = Frame { sequence: 3, end: false, ..Frame::bare("[1]") };
        for sent in [Frame::new(Outcome::Rejected, Some(id.into()), "{}"), Frame::bare("1"), more] {
            let mut received = Frame::bare(sent.data.clone());
            for (name, value) in sent.attributes() {
                received.set_attribute(name, &value);
            }
            assert_eq!(received, sent);
        }
    }

    #[test]
    fn invalid_attributes_are_ignored() {
        let mut frame = Frame::bare("");
        for (name, value) in
            [(attribute::OUTCOME, "perhaps"), (attribute::SEQUENCE, "first"), ("tenant", "a")]
        {
            frame.set_attribute(name, value);
        }
        assert_eq!(frame, Frame::bare(""));
    }
}
