//! Envelopes: what is sent is what arrives.

use std::time::Duration;

use bytes::Bytes;

use super::context::{Context, Failure, ensure_same, shared};
use crate::envelope::Envelope;

super::promises! {
    every_attribute_arrives:
        "Envelope: every broker carries the same message",
    a_message_without_optional_attributes_arrives:
        "Envelope: every broker carries the same message",
    text_in_any_script_arrives:
        "Envelope::extensions: every other attribute",
    an_empty_payload_arrives:
        "Envelope::data: the payload",
    a_binary_payload_arrives:
        "Envelope::data: the payload",
    every_attribute_of_an_event_arrives:
        "Envelope: every broker carries the same message",
}

/// A message with every attribute.
pub(super) fn full() -> Envelope {
    let mut envelope = Envelope::new("conformance", "conformance.case", r#"{"answer":42}"#);
    envelope.content_type = Some("application/json; charset=utf-8".into());
    envelope.data_schema = Some("urn:lessmq:conformance:1.2.3:0123456789abcdef".into());
    envelope.set_attribute("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    envelope.trace_state = Some("vendor=1,other=2".into());
    envelope.partition_key = Some("account-42".into());
    envelope.expires_in = Some(Duration::from_millis(123_456));
    envelope.extensions.insert("tenant".to_owned(), "acme".to_owned());
    envelope.extensions.insert("region2".to_owned(), "eu-west".to_owned());
    envelope
}

async fn arrives(context: &Context<'_>, sent: Envelope) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    context.bus.publish(&to, sent.clone().into()).await?;
    ensure_same(&context.next(&mut consumer).await?.envelope, &sent)
}

async fn every_attribute_arrives(context: &Context<'_>) -> Result<(), Failure> {
    arrives(context, full()).await
}

async fn a_message_without_optional_attributes_arrives(context: &Context<'_>) -> Result<(), Failure> {
    let mut sent = Envelope::bare("null");
    sent.source = "conformance".into();
    sent.kind = "conformance.case".into();
    arrives(context, sent).await
}

async fn text_in_any_script_arrives(context: &Context<'_>) -> Result<(), Failure> {
    let mut sent = full();
    sent.id = "Nº 1 / čtyři".into();
    sent.partition_key = Some("Zoë 山田 🦀".into());
    for (name, value) in [("greek", "Καλημέρα"), ("quoted", "\"a\\b\"; c=%20"), ("spaced", " two  spaces ")]
    {
        sent.extensions.insert(name.to_owned(), value.to_owned());
    }
    arrives(context, sent).await
}

async fn an_empty_payload_arrives(context: &Context<'_>) -> Result<(), Failure> {
    let mut sent = full();
    sent.data = Bytes::new();
    arrives(context, sent).await
}

async fn a_binary_payload_arrives(context: &Context<'_>) -> Result<(), Failure> {
    let mut sent = full();
    sent.content_type = Some("application/octet-stream".into());
    sent.data = (0..=u8::MAX).rev().cycle().take(1024).collect();
    arrives(context, sent).await
}

async fn every_attribute_of_an_event_arrives(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let mut consumer = context.bus.consume(&service.broadcast(&["made"]), shared(1)).await?;
    let sent = full();
    context.bus.publish(&service.event("made"), sent.clone().into()).await?;
    ensure_same(&context.next(&mut consumer).await?.envelope, &sent)
}
