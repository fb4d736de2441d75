//! Envelopes as AMQP properties and headers, both ways.
//!
//! CloudEvents 1.0.2 in binary mode, by its
//! [AMQP binding](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md):
//! attributes are headers `cloudEvents:{name}`. Where AMQP 0-9-1 has a property of the same meaning, that is used
//! instead (`id` is `message_id`, `type` is `type`, `source` is `app_id`, and what is left of a call's deadline is its
//! `expiration`) or as well (`time` and `timestamp`, which knows only seconds): a header costs the broker and both sides
//! several times what a property does.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use super::headers;
use crate::envelope::{Envelope, MessageId, Outcome, Reply, Text, attribute};
use crate::transport::{DeadLetter, DeadLetterReason};

/// Stored on disk, where the queue is durable.
pub(super) const PERSISTENT: u8 = 2;
pub(super) const TRANSIENT: u8 = 1;

/// The properties of a message of ours.
pub(super) fn write(envelope: &Envelope, persistent: bool) -> BasicProperties {
    let mut headers = FieldTable::default();
    let properties = plain(envelope, persistent);
    let mut set = |name: &'static str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            headers.insert(name.into(), AMQPValue::LongString(value.into()));
        }
    };
    set("cloudEvents:specversion", Some(attribute::SPEC_VERSION_VALUE));
    set("cloudEvents:dataschema", envelope.data_schema.as_deref());
    set("cloudEvents:traceparent", envelope.trace_parent.map(|parent| parent.to_string()).as_deref());
    set("cloudEvents:tracestate", envelope.trace_state.as_deref());
    set("cloudEvents:partitionkey", envelope.partition_key.as_deref());
    set("cloudEvents:time", envelope.time.map(|time| time.to_string()).as_deref());
    // What is not stored is a call, whose sender gives it an expiration.
    let expires_in = envelope.expires_in.filter(|_| persistent).map(|left| left.as_millis().to_string());
    set("cloudEvents:lessmqexpiresin", expires_in.as_deref());
    // AMQP's short strings end at 255 bytes; what does not fit into the property goes into a header.
    let overlong = |value: &str| value.len() > usize::from(u8::MAX);
    set("cloudEvents:id", Some(&*envelope.id.to_string()).filter(|id| overlong(id)));
    set("cloudEvents:type", Some(&*envelope.kind).filter(|kind| overlong(kind)));
    set("cloudEvents:source", Some(&*envelope.source).filter(|source| overlong(source)));
    let content_type = envelope.content_type.as_deref().filter(|content_type| overlong(content_type));
    set("cloudEvents:datacontenttype", content_type);
    for (name, value) in &envelope.extensions {
        if let Ok(name) = ShortString::try_new(format!("cloudEvents:{name}")) {
            headers.insert(name, AMQPValue::LongString(value.as_str().into()));
        }
    }
    properties.with_headers(headers)
}

/// The properties of a message for those who know nothing of CloudEvents: what AMQP has itself, and the trace.
pub(super) fn write_plain(envelope: &Envelope) -> BasicProperties {
    let mut properties = plain(envelope, true);
    if envelope.content_type.is_none() {
        properties = properties.with_content_type("application/json".into());
    }
    let mut headers = FieldTable::default();
    let trace_parent = envelope.trace_parent.map(|parent| parent.to_string());
    for (name, value) in
        [("traceparent", trace_parent.as_deref()), ("tracestate", envelope.trace_state.as_deref())]
    {
        if let Some(value) = value {
            headers.insert(name.into(), AMQPValue::LongString(value.into()));
        }
    }
    if headers.inner().is_empty() { properties } else { properties.with_headers(headers) }
}

fn plain(envelope: &Envelope, persistent: bool) -> BasicProperties {
    let mut properties =
        BasicProperties::default().with_delivery_mode(if persistent { PERSISTENT } else { TRANSIENT });
    let fitting = |text: &str| (!text.is_empty()).then(|| ShortString::try_new(text).ok()).flatten();
    if let Some(id) = fitting(&envelope.id.to_string()) {
        properties = properties.with_message_id(id);
    }
    if let Some(kind) = fitting(&envelope.kind) {
        properties = properties.with_type(kind);
    }
    if let Some(source) = fitting(&envelope.source) {
        properties = properties.with_app_id(source);
    }
    if let Some(content_type) = envelope.content_type.as_deref().and_then(fitting) {
        properties = properties.with_content_type(content_type);
    }
    let seconds = envelope.time.and_then(|time| u64::try_from(time.as_second()).ok());
    if let Some(seconds) = seconds {
        properties = properties.with_timestamp(seconds);
    }
    properties
}

/// The properties of the reply to a call. It is a CloudEvent of its own: `provider`, the service that answers, and the
/// call's id name it.
pub(super) fn write_reply(call: &Envelope, provider: &Text, reply: &Reply) -> BasicProperties {
    let mut event = Envelope::with_id(call.id.clone(), Bytes::new());
    event.source = provider.clone();
    event.kind = call.kind.clone();
    event.data_schema = reply.data_schema.clone();
    if reply.outcome != Outcome::Ok {
        event.extensions.insert(attribute::OUTCOME.to_owned(), reply.outcome.as_str().to_owned());
    }
    write(&event, false)
}

/// The attribute that a header is, by either of the prefixes that the binding knows.
fn attribute_of(header: &str) -> Option<&str> {
    header.strip_prefix("cloudEvents:").or_else(|| header.strip_prefix("cloudEvents_"))
}

/// Reads a reply. There is none that cannot be read.
pub(super) fn read_reply(properties: &BasicProperties, data: Bytes) -> Reply {
    let mut reply = Reply::new(data);
    for (name, value) in properties.headers().iter().flatten() {
        match attribute_of(name.as_str()) {
            Some(attribute::DATA_SCHEMA) => {
                reply.data_schema = headers::text(value).map(|text| (&*text).into())
            }
            Some(attribute::OUTCOME) => {
                let outcome = headers::text(value).and_then(|name| Outcome::from_name(&name));
                reply.outcome = outcome.unwrap_or(reply.outcome);
            }
            _ => {}
        }
    }
    reply
}

/// What a delivery's properties say.
pub(super) struct Incoming {
    pub(super) envelope: Envelope,
    /// Whether the sender gave no id, so that the envelope's is new.
    pub(super) nameless: bool,
    pub(super) attempt: u32,
    pub(super) published_at: Option<SystemTime>,
    pub(super) dead_letter: Option<DeadLetter>,
}

/// Reads a delivery. There is none that cannot be read: what makes no sense is left out.
pub(super) fn read(properties: &BasicProperties, data: Bytes) -> Incoming {
    // Making an id is left for when none is found.
    let mut envelope = Envelope::with_id(MessageId::none(), data);
    let mut marks = Marks::default();
    if let Some(headers) = properties.headers() {
        for (name, value) in headers {
            let name = name.as_str();
            match attribute_of(name) {
                Some(attribute) => {
                    if let Some(text) = headers::text(value) {
                        envelope.set_attribute(attribute, &text);
                    }
                }
                None => marks.read(name, value, &mut envelope),
            }
        }
    }
    read_properties(properties, &mut envelope);
    let nameless = envelope.id.is_empty();
    if nameless {
        envelope.id = MessageId::new();
    }
    let attempt = marks.attempt.max(1).saturating_add(marks.delivery_count);
    Incoming {
        envelope,
        nameless,
        attempt,
        published_at: marks.published_at,
        dead_letter: marks.dead_letter(attempt),
    }
}

/// When the broker took a message, where it says so.
pub(super) fn published_at(properties: &BasicProperties) -> Option<SystemTime> {
    time(properties.headers().as_ref()?.inner().get(headers::PUBLISHED_AT)?)
}

fn time(millis: &AMQPValue) -> Option<SystemTime> {
    let millis = headers::integer(millis).and_then(|millis| u64::try_from(millis).ok())?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

/// Properties come before headers, but for the two that say less.
fn read_properties(properties: &BasicProperties, envelope: &mut Envelope) {
    if let Some(id) = given(properties.message_id()) {
        envelope.id = id.into();
    }
    if let Some(kind) = given(properties.kind()) {
        envelope.kind = kind.into();
    }
    if let Some(content_type) = given(properties.content_type()) {
        envelope.content_type = Some(content_type.into());
    }
    if envelope.source.is_empty() {
        envelope.source = given(properties.app_id()).map(Into::into).unwrap_or_default();
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

fn given(text: &Option<ShortString>) -> Option<&str> {
    text.as_ref().map(ShortString::as_str).filter(|text| !text.is_empty())
}

/// The headers that are no attributes: the driver's own and the broker's.
#[derive(Default)]
struct Marks<'a> {
    attempt: u32,
    delivery_count: u32,
    published_at: Option<SystemTime>,
    reason: Option<DeadLetterReason>,
    detail: Option<String>,
    attempts: Option<u32>,
    death: Option<&'a AMQPValue>,
}

impl<'a> Marks<'a> {
    fn read(&mut self, name: &str, value: &'a AMQPValue, envelope: &mut Envelope) {
        let count = || headers::integer(value).and_then(|count| u32::try_from(count).ok());
        match name {
            headers::ATTEMPT => self.attempt = count().unwrap_or_default(),
            headers::DELIVERY_COUNT => self.delivery_count = count().unwrap_or_default(),
            headers::REASON => {
                self.reason = headers::text(value).map(|name| DeadLetterReason::from_name(&name))
            }
            headers::DETAIL => self.detail = headers::text(value).map(Into::into),
            headers::ATTEMPTS => self.attempts = count(),
            headers::DEATH => self.death = Some(value),
            headers::PUBLISHED_AT => self.published_at = time(value),
            // As OpenTelemetry writes them, on messages that are no CloudEvents.
            attribute::TRACE_PARENT if envelope.trace_parent.is_none() => {
                envelope.trace_parent = headers::text(value).and_then(|text| text.parse().ok());
            }
            attribute::TRACE_STATE if envelope.trace_state.is_none() => {
                envelope.trace_state = headers::text(value).map(|text| (&*text).into());
            }
            _ => {}
        }
    }

    /// What is known of a dead letter; the delivery's source says whether it is one.
    fn dead_letter(self, attempt: u32) -> Option<DeadLetter> {
        if let Some(reason) = self.reason {
            let detail = self.detail.unwrap_or_default();
            return Some(DeadLetter { reason, detail, attempts: self.attempts.unwrap_or(attempt) });
        }
        let (queue, why) = headers::death(self.death?)?;
        let detail = format!("the broker gave it up in queue `{queue}`: {why}");
        Some(DeadLetter { reason: DeadLetterReason::Broker, detail, attempts: attempt })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "where a test meets an error, it has failed")]
mod tests {
    use super::*;

    fn published(header: Option<AMQPValue>) -> Option<SystemTime> {
        let mut headers = FieldTable::default();
        if let Some(value) = header {
            headers.insert("timestamp_in_ms".into(), value);
        }
        // The sender's clock, which is not the broker's.
        let properties = BasicProperties::default().with_timestamp(7).with_headers(headers);
        read(&properties, Bytes::new()).published_at
    }

    #[test]
    fn only_the_broker_says_when_a_message_was_published() {
        let at = |millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis));
        assert_eq!(published(Some(AMQPValue::LongLongInt(1_700_000_000_123))), at(1_700_000_000_123));
        assert_eq!(published(Some(AMQPValue::LongLongInt(-1))), None);
        assert_eq!(published(None), None);
    }

    #[test]
    fn a_reply_survives_the_wire_and_is_an_event_whoever_called() {
        let ours = BasicProperties::default().with_message_id("0190".into()).with_type("user.get".into());
        let mut headers = FieldTable::default();
        for (name, value) in
            [("cloudEvents:id", "i".repeat(300)), ("cloudEvents:type", "user.get".to_owned())]
        {
            headers.insert(name.into(), AMQPValue::LongString(value.into()));
        }
        let by_headers = BasicProperties::default().with_headers(headers);
        let nameless = BasicProperties::default().with_type("user.get".into());
        for (call, outcome) in
            [(ours, Outcome::Ok), (by_headers, Outcome::Rejected), (nameless, Outcome::Fault)]
        {
            let call = read(&call, Bytes::new()).envelope;
            let data_schema = Some("urn:lessmq:user:1.0.0:00".into());
            let sent = Reply { outcome, data_schema, data: Bytes::from_static(b"{}") };
            let properties = write_reply(&call, &"user".into(), &sent);
            assert_eq!(read_reply(&properties, sent.data.clone()), sent);
            let event = read(&properties, Bytes::new());
            assert!(!event.nameless);
            let Envelope { id, kind, source, .. } = event.envelope;
            assert_eq!((id, &*kind, &*source), (call.id, "user.get", "user"));
        }
    }

    #[test]
    fn a_reply_of_a_stranger_is_an_ordinary_one() {
        let mut headers = FieldTable::default();
        headers.insert("cloudEvents_lessmqoutcome".into(), AMQPValue::LongString("perhaps".into()));
        let reply = read_reply(&BasicProperties::default().with_headers(headers), Bytes::new());
        assert_eq!(reply, Reply::new(""));
    }
}
