//! Queues and topics that the driver did not create.

use super::super::check::{Check, ensure_error};
use super::super::context::Context;
use super::super::message::{outgoing, prefetch, publish};
use super::super::service::{method, name, unique_name};
use crate::error::{ErrorKind, Result};
use crate::name::ExternalName;
use crate::transport::{Group, Queue, Source, Subscription, Topic};

/// A name that no queue and no topic has.
fn missing_name() -> Result<ExternalName> {
    ExternalName::parse("queue", unique_name().as_str())
}

pub(crate) async fn an_external_queue_works_or_is_refused(context: &Context<'_>) -> Check {
    if !context.bus.capabilities().external {
        let queue = Queue::External { name: missing_name()? };
        let published = context.bus.publish_one(outgoing(&queue, 1)).await;
        ensure_error("publishing to it", published, ErrorKind::Unsupported)?;
        let consumed = context.bus.consume(&queue.into(), prefetch(1)).await;
        return ensure_error("consuming from it", consumed, ErrorKind::Unsupported);
    }
    let queue = Queue::External { name: context.external().await?.queue };
    publish(&context.bus, &queue, 0..2).await?;
    let mut consumer = context.bus.consume(&queue.into(), prefetch(2)).await?;
    context.expect_exactly(&mut consumer, 0..2).await
}

pub(crate) async fn an_external_topic_works_or_is_refused(context: &Context<'_>) -> Check {
    let service = unique_name();
    let subscribe = |topic: &ExternalName, group: &str| -> Source {
        let (method, group) = (method("made"), Group::Named(name(group)));
        Subscription::external(service.clone(), method, topic.clone(), group).into()
    };
    if !context.bus.capabilities().external {
        let topic = missing_name()?;
        let consumed = context.bus.consume(&subscribe(&topic, "mailer"), prefetch(1)).await;
        ensure_error("consuming from it", consumed, ErrorKind::Unsupported)?;
        let published = context.bus.publish_one(outgoing(&Topic::External { name: topic }, 1)).await;
        return ensure_error("publishing to it", published, ErrorKind::Unsupported);
    }
    let external = context.external().await?;
    let sources = [subscribe(&external.topic, "mailer"), subscribe(&external.topic, "search")];
    let mut consumers = Vec::new();
    for source in &sources {
        context.delete_at_end(source);
        consumers.push(context.bus.consume(source, prefetch(2)).await?);
    }
    // Whether a topic without subscriptions accepts a message is decided by its owner.
    let other = Topic::External { name: external.other_topic };
    let _ = context.bus.publish_one(outgoing(&other, 1)).await;
    publish(&context.bus, &Topic::External { name: external.topic }, [2]).await?;
    for consumer in &mut consumers {
        context.expect_exactly(consumer, [2]).await?;
    }
    Ok(())
}

pub(crate) async fn an_external_queue_is_not_purged_or_deleted(context: &Context<'_>) -> Check {
    let usable = context.bus.capabilities().external;
    let name = if usable { context.external().await?.queue } else { missing_name()? };
    let queue = Queue::External { name };
    let source = Source::Queue(queue.clone());
    if usable {
        publish(&context.bus, &queue, 0..2).await?;
    }
    let purged = context.finish("the purge", context.bus.purge(&source)).await?;
    ensure_error("the purge", purged, ErrorKind::Unsupported)?;
    let deleted = context.finish("the deletion", context.bus.delete(&source)).await?;
    ensure_error("the deletion", deleted, ErrorKind::Unsupported)?;
    if usable {
        let mut consumer = context.bus.consume(&source, prefetch(2)).await?;
        context.expect_exactly(&mut consumer, 0..2).await?;
    }
    Ok(())
}
