//! Reads envelopes and frames from AMQP properties and headers. [`encode`](super::encode) describes the layout.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, ShortString};

use super::headers;
use crate::envelope::{Envelope, Frame, MessageId, attribute};
use crate::transport::kit::Marks;
use crate::transport::{DeadLetter, DeadLetterReason};

/// The name of the attribute in a header. The AMQP binding of CloudEvents allows two prefixes.
fn attribute_name(header: &str) -> Option<&str> {
    header.strip_prefix("cloudEvents:").or_else(|| header.strip_prefix("cloudEvents_"))
}

/// Reads a frame of a reply. Unknown headers and invalid values are ignored.
pub(super) fn read_frame(properties: &BasicProperties, data: Bytes) -> Frame {
    let mut frame = Frame::bare(data);
    for (name, value) in properties.headers().iter().flatten() {
        if let (Some(attribute), Some(text)) = (attribute_name(name.as_str()), headers::text(value)) {
            frame.set_attribute(attribute, &text);
        }
    }
    frame
}

/// The content of a delivery.
pub(super) struct Incoming {
    pub(super) envelope: Envelope,
    /// Whether the message has no id. The envelope then has a new id.
    pub(super) id_is_new: bool,
    pub(super) attempt: u32,
    pub(super) published_at: Option<SystemTime>,
    pub(super) dead_letter: Option<DeadLetter>,
}

/// Reads a delivery. Every message can be read: invalid values are left out.
pub(super) fn read(properties: &BasicProperties, data: Bytes) -> Incoming {
    // A new id is generated only if the message has none.
    let mut envelope = Envelope::with_id("".into(), data);
    let mut other = OtherHeaders::default();
    if let Some(headers) = properties.headers() {
        for (name, value) in headers {
            let name = name.as_str();
            match attribute_name(name) {
                Some(attribute) => {
                    if let Some(text) = headers::text(value) {
                        envelope.set_attribute(attribute, &text);
                    }
                }
                None => other.read(name, value, &mut envelope),
            }
        }
    }
    read_properties(properties, &mut envelope);
    let id_is_new = envelope.id.is_empty();
    if id_is_new {
        envelope.id = MessageId::new();
    }
    let attempt = other.marks.attempt.unwrap_or(1).max(1).saturating_add(other.delivery_count);
    Incoming {
        envelope,
        id_is_new,
        attempt,
        published_at: other.published_at,
        dead_letter: other.dead_letter(attempt),
    }
}

/// When the broker stored a message, if it reports that.
pub(super) fn published_at(properties: &BasicProperties) -> Option<SystemTime> {
    time(properties.headers().as_ref()?.inner().get(headers::PUBLISHED_AT)?)
}

fn time(millis: &AMQPValue) -> Option<SystemTime> {
    let millis = headers::integer(millis).and_then(|millis| u64::try_from(millis).ok())?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

/// Whether a call may be handled twice.
pub(super) fn is_idempotent(properties: &BasicProperties) -> bool {
    let headers = properties.headers().as_ref();
    headers.is_some_and(|headers| headers.inner().contains_key("cloudEvents:lessmqidempotent"))
}

/// Properties override headers, except those with less detail: `app_id`, `expiration` and `timestamp`.
fn read_properties(properties: &BasicProperties, envelope: &mut Envelope) {
    if let Some(id) = non_empty(properties.message_id()) {
        envelope.id = id.into();
    }
    if let Some(kind) = non_empty(properties.kind()) {
        envelope.kind = kind.into();
    }
    if let Some(content_type) = non_empty(properties.content_type()) {
        envelope.content_type = Some(content_type.into());
    }
    if envelope.source.is_empty() {
        envelope.source = non_empty(properties.app_id()).map(Into::into).unwrap_or_default();
    }
    if envelope.expires_in.is_none() {
        let left = properties.expiration().as_ref().and_then(|left| left.as_str().parse().ok());
        envelope.expires_in = left.map(Duration::from_millis);
    }
    if envelope.time.is_none() {
        let seconds = properties.timestamp().and_then(|seconds| i64::try_from(seconds).ok());
        envelope.time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    }
}

fn non_empty(text: &Option<ShortString>) -> Option<&str> {
    text.as_ref().map(ShortString::as_str).filter(|text| !text.is_empty())
}

/// The headers that are not attributes: the driver's own and the broker's.
#[derive(Default)]
struct OtherHeaders<'a> {
    marks: Marks,
    delivery_count: u32,
    published_at: Option<SystemTime>,
    death: Option<&'a AMQPValue>,
}

impl<'a> OtherHeaders<'a> {
    fn read(&mut self, name: &str, value: &'a AMQPValue, envelope: &mut Envelope) {
        match name {
            headers::DELIVERY_COUNT => {
                let count = headers::integer(value).and_then(|count| u32::try_from(count).ok());
                self.delivery_count = count.unwrap_or_default();
            }
            headers::DEATH => self.death = Some(value),
            headers::PUBLISHED_AT => self.published_at = time(value),
            // OpenTelemetry uses these names on messages that are not CloudEvents.
            attribute::TRACE_PARENT if envelope.trace_parent.is_none() => {
                envelope.trace_parent = headers::text(value).and_then(|text| text.parse().ok());
            }
            attribute::TRACE_STATE if envelope.trace_state.is_none() => {
                envelope.trace_state = headers::text(value).map(|text| (&*text).into());
            }
            _ => {
                if let Some(text) = headers::text(value) {
                    self.marks.read(name, &text);
                }
            }
        }
    }

    /// Why the message became a dead letter. Only the source of the delivery shows whether it is a dead letter.
    fn dead_letter(self, attempt: u32) -> Option<DeadLetter> {
        let death = self.death;
        self.marks.into_dead_letter(attempt).or_else(|| {
            let (queue, why) = headers::death(death?)?;
            let detail = format!("the broker removed it from queue `{queue}`: {why}");
            Some(DeadLetter { reason: DeadLetterReason::Broker, detail, attempts: attempt })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use lapin::types::FieldTable;

    use super::super::encode::write_frame;
    use super::*;
    use crate::envelope::Outcome;

    fn published(header: Option<AMQPValue>) -> Option<SystemTime> {
        let mut headers = FieldTable::default();
        if let Some(value) = header {
            headers.insert("timestamp_in_ms".into(), value);
        }
        // The sender's clock, not the broker's.
        let properties = BasicProperties::default().with_timestamp(7).with_headers(headers);
        read(&properties, Bytes::new()).published_at
    }

    #[test]
    fn only_a_header_of_the_broker_sets_the_time_of_publishing() {
        let at = |millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis));
        assert_eq!(published(Some(AMQPValue::LongLongInt(1_700_000_000_123))), at(1_700_000_000_123));
        assert_eq!(published(Some(AMQPValue::LongLongInt(-1))), None);
        assert_eq!(published(None), None);
    }

    #[test]
    fn a_reply_survives_the_wire_and_is_an_event_of_the_provider() {
        let ours = BasicProperties::default().with_message_id("0190".into()).with_type("user.get".into());
        let mut headers = FieldTable::default();
        for (name, value) in
            [("cloudEvents:id", "i".repeat(300)), ("cloudEvents:type", "user.get".to_owned())]
        {
            headers.insert(name.into(), AMQPValue::LongString(value.into()));
        }
        let by_headers = BasicProperties::default().with_headers(headers);
        let without_id = BasicProperties::default().with_type("user.get".into());
        for (call, outcome) in
            [(ours, Outcome::Ok), (by_headers, Outcome::Rejected), (without_id, Outcome::Fault)]
        {
            let call = read(&call, Bytes::new()).envelope;
            let sent = Frame::new(outcome, Some("urn:lessmq:user:1.0.0:00".into()), "{}");
            let properties = write_frame(&call, &"user".into(), &sent);
            assert_eq!(read_frame(&properties, sent.data.clone()), sent);
            let event = read(&properties, Bytes::new());
            assert!(!event.id_is_new);
            let Envelope { id, kind, source, .. } = event.envelope;
            assert_eq!((id, &*kind, &*source), (call.id, "user.get", "user"));
        }
    }

    #[test]
    fn a_reply_of_another_program_is_an_ordinary_reply() {
        let mut headers = FieldTable::default();
        headers.insert("cloudEvents_lessmqoutcome".into(), AMQPValue::LongString("perhaps".into()));
        let reply = read_frame(&BasicProperties::default().with_headers(headers), Bytes::new());
        assert_eq!(reply, Frame::bare(""));
    }
}
