//! Messages as a leased broker stores them: a body, and text attributes.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use crate::envelope::{Envelope, Frame, MessageId, Text, attribute};
use crate::transport::DeadLetter;
use crate::transport::kit::Marks;

/// The broker's handle of a lease.
pub type Receipt = Text;

/// On calls: the broker's name of the queue that the reply goes to.
pub(super) const REPLY_TO: &str = "lessmq-reply-to";
/// On calls and replies: the id of the call in its process.
pub(super) const CORRELATION_ID: &str = "lessmq-correlation-id";

/// A message to store. The broker's driver decides how body and attributes are encoded, and must return them unchanged.
///
/// Attributes with names of lower-case letters and digits are those of a CloudEvent; `specversion` is one of them. A
/// message for an external queue or topic has at most the attributes of the trace, and an id if it was a dead letter. There are at most five other
/// attributes, whose names contain hyphens. A driver can write each as a header, as CloudEvents' *binary mode* does, or
/// the CloudEvent as one JSON document, with [`structured`](super::structured).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeasedMessage {
    /// The payload.
    pub body: Bytes,
    /// The attributes, by name.
    pub attributes: BTreeMap<String, String>,
    /// The ordering key, if the target is ordered.
    pub key: Option<Text>,
    /// The id for brokers that drop duplicates. It is the same when a message is sent again.
    pub id: MessageId,
}

/// A delivered message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// The body, as it was sent.
    pub body: Bytes,
    /// The attributes, as they were sent.
    pub attributes: BTreeMap<String, String>,
    /// The broker's handle of this lease.
    pub receipt: Receipt,
    /// How many times the broker has delivered the message, including this time.
    pub deliveries: u32,
    /// How long the broker has stored it, if known.
    pub age: Option<Duration>,
}

impl Received {
    /// A first delivery of `body`, without attributes.
    pub fn new(body: impl Into<Bytes>, receipt: impl Into<Receipt>) -> Self {
        let (body, receipt) = (body.into(), receipt.into());
        Self { body, attributes: BTreeMap::new(), receipt, deliveries: 1, age: None }
    }
}

impl LeasedMessage {
    /// A message of `body`, with these attributes.
    pub fn new(body: impl Into<Bytes>, attributes: BTreeMap<String, String>) -> Self {
        Self { body: body.into(), attributes, key: None, id: MessageId::new() }
    }

    /// The message of an envelope: a CloudEvent, or only the payload for external targets.
    pub(super) fn from_envelope(envelope: &Envelope, external: bool, ordered: bool) -> Self {
        let mut attributes: BTreeMap<_, _> = envelope
            .attributes()
            .filter(|(name, _)| !external || is_plain(name))
            .map(|(name, value)| (name.to_owned(), value.into_owned()))
            .collect();
        if !external {
            attributes.insert(attribute::SPEC_VERSION.to_owned(), attribute::SPEC_VERSION_VALUE.to_owned());
        }
        let key = ordered.then(|| envelope.partition_key.clone().unwrap_or_default());
        Self { body: envelope.data.clone(), attributes, key, id: envelope.id.clone() }
    }

    /// A reply to `call` by `provider`, as a CloudEvent.
    pub(super) fn from_frame(frame: &Frame, call: &Envelope, provider: &Text) -> Self {
        let mut event = Envelope::bare(frame.data.clone());
        event.source = provider.clone();
        event.kind = call.kind.clone();
        let mut message = Self::from_envelope(&event, false, false);
        let attributes = frame.attributes().map(|(name, value)| (name.to_owned(), value.into_owned()));
        message.attributes.extend(attributes);
        message
    }

    /// A copy of a received message, to store it in another queue or again.
    pub(super) fn copy(received: &Received, id: &MessageId) -> Self {
        let mut attributes = received.attributes.clone();
        // If the message has no id, the copy has the id that its handler got.
        attributes.entry(attribute::ID.to_owned()).or_insert_with(|| id.to_string());
        Self { body: received.body.clone(), attributes, key: None, id: id.clone() }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn with_marks(mut self, marks: &Marks) -> Self {
        self.attributes.extend(marks.attributes().map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// The same as a new message: without our marks, in the order of its partition key where the target is ordered, and
    /// not taken for a duplicate of what was sent before.
    pub(super) fn redriven(mut self, ordered: bool) -> Self {
        self.attributes.retain(|name, _| !Marks::is_mark(name));
        let key = self.attributes.get(attribute::PARTITION_KEY);
        self.key = ordered.then(|| key.map(|key| key.as_str().into()).unwrap_or_default());
        self.id = MessageId::new();
        self
    }

    /// Its size, for limits of batches.
    pub(super) fn len(&self) -> usize {
        self.body.len() + self.attributes.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }
}

/// Whether a message that is not a CloudEvent can have this attribute.
fn is_plain(name: &str) -> bool {
    matches!(name, attribute::TRACE_PARENT | attribute::TRACE_STATE)
}

/// The envelope of a received message. Always succeeds.
pub(super) fn envelope(received: &Received) -> Envelope {
    let mut envelope = Envelope::bare(received.body.clone());
    let event = received.attributes.contains_key(attribute::SPEC_VERSION);
    for (name, value) in &received.attributes {
        if !name.contains('-') && (event || is_plain(name) || name == attribute::ID) {
            envelope.set_attribute(name, value);
        }
    }
    envelope
}

/// The frame of a received reply.
pub(super) fn frame(received: &Received) -> Frame {
    let mut frame = Frame::bare(received.body.clone());
    for (name, value) in &received.attributes {
        frame.set_attribute(name, value);
    }
    frame
}

/// Why a received message is dead.
pub(super) fn dead_letter(received: &Received) -> DeadLetter {
    let mut marks = Marks::default();
    for (name, value) in &received.attributes {
        marks.read(name, value);
    }
    let by_broker = DeadLetter {
        reason: crate::transport::DeadLetterReason::Broker,
        detail: "the broker moved it to the dead letters".to_owned(),
        attempts: received.deliveries,
    };
    marks.into_dead_letter(received.deliveries).unwrap_or(by_broker)
}
