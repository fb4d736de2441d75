//! Envelopes: a message arrives as it was sent.

use bytes::Bytes;

use super::super::check::{Check, ensure_same_message};
use super::super::context::Context;
use super::super::message::{full_message, prefetch};
use crate::envelope::Envelope;
use crate::transport::Outgoing;

/// Checks that a command arrives as it was sent.
async fn check_arrival(context: &Context<'_>, sent: Envelope) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    context.bus.publish_one(Outgoing::new(to, sent.clone())).await?;
    ensure_same_message(&context.next(&mut consumer).await?.envelope, &sent)
}

pub(crate) async fn every_attribute_arrives(context: &Context<'_>) -> Check {
    check_arrival(context, full_message()).await
}

pub(crate) async fn a_message_without_optional_attributes_arrives(context: &Context<'_>) -> Check {
    let mut sent = Envelope::bare("null");
    sent.source = "conformance".into();
    sent.kind = "conformance.case".into();
    check_arrival(context, sent).await
}

pub(crate) async fn text_in_any_script_arrives(context: &Context<'_>) -> Check {
    let mut sent = full_message();
    sent.id = "Nº 1 / čtyři".into();
    sent.partition_key = Some("Zoë 山田 🦀".into());
    let texts = [("greek", "Καλημέρα"), ("quoted", "\"a\\b\"; c=%20"), ("spaced", " two  spaces ")];
    for (name, value) in texts {
        sent.extensions.insert(name.to_owned(), value.to_owned());
    }
    check_arrival(context, sent).await
}

pub(crate) async fn an_empty_payload_arrives(context: &Context<'_>) -> Check {
    let mut sent = full_message();
    sent.data = Bytes::new();
    check_arrival(context, sent).await
}

pub(crate) async fn a_binary_payload_arrives(context: &Context<'_>) -> Check {
    let mut sent = full_message();
    sent.content_type = Some("application/octet-stream".into());
    sent.data = (0..=u8::MAX).rev().cycle().take(1024).collect();
    check_arrival(context, sent).await
}

pub(crate) async fn every_attribute_of_an_event_arrives(context: &Context<'_>) -> Check {
    let service = context.service();
    let mut consumer = context.bus.consume(&service.broadcast("made"), prefetch(1)).await?;
    let sent = full_message();
    context.bus.publish_one(Outgoing::new(service.event("made"), sent.clone())).await?;
    ensure_same_message(&context.next(&mut consumer).await?.envelope, &sent)
}
