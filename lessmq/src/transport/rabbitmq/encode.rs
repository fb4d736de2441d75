//! Writes envelopes and frames as AMQP properties and headers.
//!
//! CloudEvents 1.0.2 in binary mode, by its [AMQP
//! binding](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md): attributes
//! are headers `cloudEvents:{name}`. If AMQP 0-9-1 has a property with the same meaning, the property is used instead
//! (`message_id` for `id`, `type` for `type`, `app_id` for `source`, `expiration` for the time left of a call) or in
//! addition (`timestamp` for `time`, because it has only seconds). A property is several times cheaper than a header
//! for the broker and for both sides.

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::envelope::{Envelope, Frame, Text, attribute};
use crate::transport::{Destination, Queue};

/// Stored on disk if the queue is durable.
pub(super) const PERSISTENT: u8 = 2;
pub(super) const TRANSIENT: u8 = 1;

/// The properties of a message to `destination`.
pub(super) fn write_for(destination: &Destination, envelope: &Envelope) -> BasicProperties {
    if destination.is_external() {
        return write_plain(envelope);
    }
    let is_call = matches!(destination, Destination::Queue(Queue::Calls { .. }));
    write(envelope, !is_call)
}

/// The properties of a message to a queue or topic that is not external.
pub(super) fn write(envelope: &Envelope, persistent: bool) -> BasicProperties {
    write_with(envelope, persistent, FieldTable::default())
}

/// Like [`write`], in addition to existing headers.
fn write_with(envelope: &Envelope, persistent: bool, mut headers: FieldTable) -> BasicProperties {
    let id = envelope.id.to_string();
    let properties = plain(envelope, &id, persistent);
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
    // A message that is not persistent is a call, and its sender sets an expiration.
    let expires_in = envelope.expires_in.filter(|_| persistent).map(|left| left.as_millis().to_string());
    set("cloudEvents:lessmqexpiresin", expires_in.as_deref());
    set("cloudEvents:lessmqcredit", envelope.credit.map(|frames| frames.to_string()).as_deref());
    set("cloudEvents:lessmqidempotent", envelope.idempotent.then_some("true"));
    // A property has at most 255 bytes. Longer values go into headers.
    let too_long = |value: &str| value.len() > usize::from(u8::MAX);
    set("cloudEvents:id", Some(&*id).filter(|id| too_long(id)));
    set("cloudEvents:type", Some(&*envelope.kind).filter(|kind| too_long(kind)));
    set("cloudEvents:source", Some(&*envelope.source).filter(|source| too_long(source)));
    let content_type = envelope.content_type.as_deref().filter(|content_type| too_long(content_type));
    set("cloudEvents:datacontenttype", content_type);
    for (name, value) in &envelope.extensions {
        set_attribute(&mut headers, name, value);
    }
    properties.with_headers(headers)
}

fn set_attribute(headers: &mut FieldTable, name: &str, value: &str) {
    if let Ok(name) = ShortString::try_new(format!("cloudEvents:{name}")) {
        headers.insert(name, AMQPValue::LongString(value.into()));
    }
}

/// The properties of a message to an external queue or topic: the properties of AMQP, and the trace.
fn write_plain(envelope: &Envelope) -> BasicProperties {
    let mut properties = plain(envelope, &envelope.id.to_string(), true);
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

fn plain(envelope: &Envelope, id: &str, persistent: bool) -> BasicProperties {
    let mut properties =
        BasicProperties::default().with_delivery_mode(if persistent { PERSISTENT } else { TRANSIENT });
    let fitting = |text: &str| (!text.is_empty()).then(|| ShortString::try_new(text).ok()).flatten();
    if let Some(id) = fitting(id) {
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

/// The properties of a frame of the reply to `call`. A frame is a CloudEvent. `provider`, the service that answers, and
/// the id of the call identify it.
pub(super) fn write_frame(call: &Envelope, provider: &Text, frame: &Frame) -> BasicProperties {
    let mut event = Envelope::with_id(call.id.clone(), Bytes::new());
    event.source = provider.clone();
    event.kind = call.kind.clone();
    let mut headers = FieldTable::default();
    for (name, value) in frame.attributes() {
        set_attribute(&mut headers, name, &value);
    }
    write_with(&event, false, headers)
}
