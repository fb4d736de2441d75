//! Defects of messages: they arrive changed, or not at all.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use lessmq::Result;
use lessmq::envelope::Envelope;
use lessmq::transport::memory::Memory;
use lessmq::transport::{Destination, Outgoing, Transport};

use crate::driver::Fault;
use crate::publishing::Claiming;
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = attributes();
    rows.extend(payloads());
    rows
}

fn attributes() -> Vec<Row> {
    let every = &["every_attribute_arrives"];
    let optional = &["a_message_without_optional_attributes_arrives"];
    let text = &["text_in_any_script_arrives"];
    vec![
        row("gives messages other ids", changing(|m| m.id = "other".into()), every),
        row("drops the source", changing(|m| m.source = "".into()), every),
        row("drops the type", changing(|m| m.kind = "".into()), every),
        row("drops the content type", changing(|m| m.content_type = None), every),
        row("drops the schema", changing(|m| m.data_schema = None), every),
        row("drops the time", changing(|m| m.time = None), every),
        row("drops the trace parent", changing(|m| m.trace_parent = None), every),
        row("drops the trace state", changing(|m| m.trace_state = None), every),
        row("drops the partition key", changing(|m| m.partition_key = None), every),
        row("drops the time that is left", changing(|m| m.expires_in = None), every),
        row("drops the credit", changing(|m| m.credit = None), every),
        row("drops extensions", changing(|m| m.extensions.clear()), every),
        row(
            "adds a content type",
            changing(|m| m.content_type = m.content_type.clone().or(Some("text/plain".into()))),
            optional,
        ),
        row("makes text ASCII", changing(|m| m.extensions.values_mut().for_each(make_ascii)), text),
        row("trims text", changing(|m| m.extensions.values_mut().for_each(trim)), text),
        row("drops an attribute of events", DropsFromEvents, &["every_attribute_of_an_event_arrives"]),
    ]
}

fn make_ascii(text: &mut String) {
    *text = text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
}

fn trim(text: &mut String) {
    *text = text.trim().to_owned();
}

fn payloads() -> Vec<Row> {
    let limits = &["a_larger_message_is_refused", "a_larger_call_is_refused", "a_larger_reply_is_refused"];
    vec![
        row("cuts payloads at a zero byte", changing(cut_at_zero), &["a_binary_payload_arrives"]),
        row("reads payloads as text", changing(make_text), &["a_binary_payload_arrives"]),
        row("sends `null` for an empty payload", changing(send_null), &["an_empty_payload_arrives"]),
        row("panics at an empty payload", changing(panic_at_empty), &["an_empty_payload_arrives"]),
        row("accepts messages over its limit", Claiming(|c| c.max_message = 1024), limits),
        row(
            "claims a higher limit than it has",
            Claiming(|c| {
                c.max_message += 1;
                c.max_attributes += 1;
            }),
            &["a_message_of_the_largest_size_arrives"],
        ),
        row(
            "accepts attributes over its limit",
            Claiming(|c| c.max_attributes = 1024),
            &["larger_attributes_are_refused"],
        ),
        row(
            "cuts long attributes",
            changing(|m| m.extensions.values_mut().for_each(|value| value.truncate(255))),
            &["attributes_of_the_largest_size_arrive"],
        ),
    ]
}

fn cut_at_zero(message: &mut Envelope) {
    let end = message.data.iter().position(|byte| *byte == 0).unwrap_or(message.data.len());
    message.data.truncate(end);
}

fn make_text(message: &mut Envelope) {
    message.data = Bytes::from(String::from_utf8_lossy(&message.data).into_owned());
}

fn send_null(message: &mut Envelope) {
    if message.data.is_empty() {
        message.data = Bytes::from_static(b"null");
    }
}

fn panic_at_empty(message: &mut Envelope) {
    assert!(!message.data.is_empty(), "a panic that the suite must survive");
}

/// Changes what is published.
struct Changing(fn(&mut Envelope));

fn changing(change: fn(&mut Envelope)) -> Changing {
    Changing(change)
}

#[async_trait]
impl Fault for Changing {
    async fn publish(&self, bus: &Memory, mut message: Outgoing) -> Result<()> {
        (self.0)(Arc::make_mut(&mut message.envelope));
        bus.publish_one(message).await
    }
}

struct DropsFromEvents;

#[async_trait]
impl Fault for DropsFromEvents {
    async fn publish(&self, bus: &Memory, mut message: Outgoing) -> Result<()> {
        if let Destination::Topic(_) = message.destination {
            Arc::make_mut(&mut message.envelope).partition_key = None;
        }
        bus.publish_one(message).await
    }
}
