//! Messages and frames for cases.

use std::sync::Arc;
use std::time::Duration;

use super::check::{Check, fail};
use crate::envelope::{Envelope, Frame};
use crate::transport::{
    ConsumeOptions, DeadLetter, DeadLetterReason, Destination, Outgoing, Settlement, Transport,
};

const SOURCE: &str = "conformance";
const KIND: &str = "conformance.case";

/// A message whose payload is a number.
pub(super) fn message(number: u64) -> Arc<Envelope> {
    Arc::new(Envelope::new(SOURCE, KIND, number.to_string()))
}

/// A message of `length` bytes, payload and attributes.
pub(super) fn message_of_length(length: usize) -> Arc<Envelope> {
    let mut message = Envelope::new(SOURCE, KIND, "");
    message.data = vec![b'0'; length.saturating_sub(message.encoded_len())].into();
    Arc::new(message)
}

/// A message with every attribute.
pub(super) fn full_message() -> Envelope {
    let mut envelope = Envelope::new(SOURCE, KIND, r#"{"answer":42}"#);
    envelope.content_type = Some("application/json; charset=utf-8".into());
    envelope.data_schema = Some("urn:lessmq:conformance:1.2.3:0123456789abcdef".into());
    envelope.set_attribute("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    envelope.trace_state = Some("vendor=1,other=2".into());
    envelope.partition_key = Some("account-42".into());
    envelope.expires_in = Some(Duration::from_millis(123_456));
    envelope.credit = Some(8);
    envelope.extensions.insert("tenant".to_owned(), "acme".to_owned());
    envelope.extensions.insert("region2".to_owned(), "eu-west".to_owned());
    envelope
}

/// A reply of one frame, whose payload is a number.
pub(super) fn reply(number: u64) -> Frame {
    Frame::bare(number.to_string())
}

/// The number of a [`message`] or a [`reply`].
pub(super) fn number(data: &[u8]) -> Check<u64> {
    let text = String::from_utf8_lossy(data);
    text.parse().or_else(|_| fail(format!("a payload arrived that was never sent: {text:?}")))
}

/// A [`message`] to `destination`.
pub(super) fn outgoing<D: Clone + Into<Destination>>(destination: &D, number: u64) -> Outgoing {
    Outgoing::new(destination.clone(), message(number))
}

/// Publishes [`message`]s, one after the other.
pub(super) async fn publish<D: Clone + Into<Destination>>(
    bus: &Arc<dyn Transport>,
    destination: &D,
    numbers: impl IntoIterator<Item = u64>,
) -> Check {
    for number in numbers {
        bus.publish_one(outgoing(destination, number)).await?;
    }
    Ok(())
}

/// Makes a message a dead letter.
pub(super) fn give_up() -> Settlement {
    let reason = DeadLetterReason::Terminal;
    Settlement::DeadLetter(DeadLetter { reason, detail: "no".to_owned(), attempts: 1 })
}

pub(super) fn prefetch(count: u16) -> ConsumeOptions {
    ConsumeOptions::new(count)
}
