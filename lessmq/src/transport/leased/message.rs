//! Messages as a leased broker stores them: a body, and attributes that are text.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use crate::envelope::{Envelope, Frame, MessageId, Text, attribute};
use crate::transport::DeadLetter;
use crate::transport::kit::Marks;

/// What names a lease towards the broker.
pub type Receipt = Text;

/// On calls: the broker's name of the queue that the reply goes to.
pub(super) const REPLY_TO: &str = "lessmq-reply-to";
/// On calls and replies: which call of the process it is.
pub(super) const CORRELATION_ID: &str = "lessmq-correlation-id";

/// A message to store. How body and attributes are laid out is up to the broker's driver; the driver gives back what it
/// got.
///
/// Attributes with names of lower-case letters and digits are those of a CloudEvent; `specversion` is among them,
/// unless the message is for an external queue or topic, and then they are a trace at most. Other attributes, whose
/// names have hyphens, are ours: at most five. A driver can write each as a header, as CloudEvents' *binary mode* does,
/// or the CloudEvent as one JSON document, with [`structured`](super::structured).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeasedMessage {
    /// The payload.
    pub body: Bytes,
    /// The attributes, by name.
    pub attributes: BTreeMap<String, String>,
    /// What is kept in order, where the target is ordered.
    pub key: Option<Text>,
    /// What is the same when a message is sent again, for brokers that drop duplicates.
    pub id: MessageId,
}

/// A message that was handed out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// The body, as it was sent.
    pub body: Bytes,
    /// The attributes, as they were sent.
    pub attributes: BTreeMap<String, String>,
    /// What names this lease.
    pub receipt: Receipt,
    /// How many times the broker has handed out the message, this time included.
    pub deliveries: u32,
    /// How long the broker has had it, if known.
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

    /// A CloudEvent, or for external targets the bare payload.
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

    /// A reply to `call` by `provider`. It is a CloudEvent of its own.
    pub(super) fn from_frame(frame: &Frame, call: &Envelope, provider: &Text) -> Self {
        let mut event = Envelope::bare(frame.data.clone());
        event.source = provider.clone();
        event.kind = call.kind.clone();
        let mut message = Self::from_envelope(&event, false, false);
        let attributes = frame.attributes().map(|(name, value)| (name.to_owned(), value.into_owned()));
        message.attributes.extend(attributes);
        message
    }

    /// What was received, to be stored elsewhere or again.
    pub(super) fn copy(received: &Received, id: &MessageId) -> Self {
        let mut attributes = received.attributes.clone();
        // The copy of a message without an id has the id that its handler saw.
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

    /// Its size, for limits of batches.
    pub(super) fn len(&self) -> usize {
        self.body.len() + self.attributes.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }
}

/// The attributes that a message which is not a CloudEvent can have.
fn is_plain(name: &str) -> bool {
    matches!(name, attribute::TRACE_PARENT | attribute::TRACE_STATE)
}

/// The envelope of what was received. Always succeeds.
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

/// The frame of a reply that was received.
pub(super) fn frame(received: &Received) -> Frame {
    let mut frame = Frame::bare(received.body.clone());
    for (name, value) in &received.attributes {
        frame.set_attribute(name, value);
    }
    frame
}

/// Why what was received is dead.
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
