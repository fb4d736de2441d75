//! Batches: a result for each message, and no message depends on another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::check::{Check, ensure_eq, ensure_error};
use super::super::context::Context;
use super::super::message::{message, message_of_length, outgoing, prefetch};
use crate::envelope::Envelope;
use crate::error::{ErrorKind, Result};
use crate::transport::{Outgoing, Queue, Settlement};

/// The largest batch of a case, for drivers whose limit is higher.
const MOST_MESSAGES: usize = 2_001;
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Publishes a batch, and checks that there is a result for each message.
async fn publish_batch(context: &Context<'_>, batch: Vec<Outgoing>) -> Check<Vec<Result<()>>> {
    let count = batch.len();
    let results = context.finish("publishing the batch", context.bus.publish(batch)).await?;
    ensure_eq("the number of results", &results.len(), &count)?;
    Ok(results)
}

async fn publish_whole_batch(context: &Context<'_>, batch: Vec<Outgoing>) -> Check {
    for result in publish_batch(context, batch).await? {
        result?;
    }
    Ok(())
}

/// Messages with these numbers, in which every odd number is a message over the limit.
fn batch_with_too_large(context: &Context<'_>, to: &Queue, numbers: std::ops::Range<u64>) -> Vec<Outgoing> {
    let too_large = message_of_length(context.bus.capabilities().max_message + 1);
    numbers
        .map(|number| match number % 2 {
            0 => outgoing(to, number),
            _ => Outgoing::new(to.clone(), too_large.clone()),
        })
        .collect()
}

pub(crate) async fn a_batch_has_a_result_for_each_message_in_order(context: &Context<'_>) -> Check {
    let (to, _) = context.service().commands();
    let results = publish_batch(context, batch_with_too_large(context, &to, 0..6)).await?;
    for (index, result) in results.into_iter().enumerate() {
        if index % 2 == 0 {
            result?;
        } else {
            ensure_error("a message over the limit", result, ErrorKind::TooLarge)?;
        }
    }
    Ok(())
}

pub(crate) async fn a_message_that_fails_does_not_keep_others_from_being_stored(
    context: &Context<'_>,
) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    publish_batch(context, batch_with_too_large(context, &to, 0..6)).await?;
    context.expect_exactly(&mut consumer, [0, 2, 4]).await
}

pub(crate) async fn an_empty_batch_has_no_results(context: &Context<'_>) -> Check {
    publish_whole_batch(context, Vec::new()).await
}

pub(crate) async fn a_batch_of_more_messages_than_the_limit_is_split(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(100)).await?;
    let limit = context.bus.capabilities().max_batch.messages;
    let count = limit.saturating_mul(2).saturating_add(1).min(MOST_MESSAGES);
    publish_whole_batch(context, (0..).take(count).map(|number| outgoing(&to, number)).collect()).await?;
    context.expect_exactly(&mut consumer, (0..).take(count)).await
}

pub(crate) async fn a_batch_of_more_bytes_than_the_limit_is_split(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let capabilities = context.bus.capabilities();
    let length = capabilities.max_message.min(capabilities.max_batch.bytes);
    let count = (capabilities.max_batch.bytes / length + 1).min((MOST_BYTES / length).max(2));
    let large = message_of_length(length);
    let batch = (0..count).map(|_| {
        let copy = Envelope { id: message(0).id.clone(), ..Envelope::clone(&large) };
        Outgoing::new(to.clone(), copy)
    });
    publish_whole_batch(context, batch.collect()).await?;
    for _ in 0..count {
        let delivery = context.next(&mut consumer).await?;
        ensure_eq("the length of the payload", &delivery.envelope.data.len(), &large.data.len())?;
        delivery.settle(Settlement::Acknowledge).await?;
    }
    context.expect_nothing(&mut consumer).await
}

pub(crate) async fn a_batch_keeps_the_order_of_each_partition_key(context: &Context<'_>) -> Check {
    if !context.bus.capabilities().ordering {
        return Ok(());
    }
    let (to, source) = context.service().ordered_commands();
    let mut consumer = context.bus.consume(&source, prefetch(8)).await?;
    let batch = (0..60).map(|number| {
        let mut keyed = message(number);
        Arc::make_mut(&mut keyed).partition_key = Some(format!("key-{}", number % 3).into());
        Outgoing::new(to.clone(), keyed)
    });
    publish_whole_batch(context, batch.collect()).await?;
    let mut order: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for _ in 0..60 {
        let number = context.acknowledge_next(&mut consumer).await?;
        order.entry(number % 3).or_default().push(number);
    }
    for (key, numbers) in order {
        ensure_eq(format!("the order of partition key {key}"), &numbers, &(key..60).step_by(3).collect())?;
    }
    Ok(())
}

pub(crate) async fn a_batch_can_have_several_destinations(context: &Context<'_>) -> Check {
    let (service, other) = (context.service(), context.service());
    let ((to, source), (to_other, other_source)) = (service.commands(), other.commands());
    let mut commands = context.bus.consume(&source, prefetch(10)).await?;
    let mut others = context.bus.consume(&other_source, prefetch(10)).await?;
    let mut events = context.bus.consume(&service.subscription(&["made"], "mailer"), prefetch(10)).await?;
    let event = service.event("made");
    let batch = (0..3).flat_map(|number| {
        [outgoing(&to, number), outgoing(&event, 10 + number), outgoing(&to_other, 20 + number)]
    });
    publish_whole_batch(context, batch.collect()).await?;
    context.expect_exactly(&mut commands, 0..3).await?;
    context.expect_exactly(&mut events, 10..13).await?;
    context.expect_exactly(&mut others, 20..23).await
}

pub(crate) async fn every_message_of_a_batch_fails_after_close(context: &Context<'_>) -> Check {
    let (to, _) = context.service().commands();
    let bus = context.connect().await?;
    context.finish("close", bus.close()).await??;
    let batch = (0..3).map(|number| outgoing(&to, number)).collect();
    let results = context.finish("publish", bus.publish(batch)).await?;
    ensure_eq("the number of results", &results.len(), &3)?;
    results.into_iter().try_for_each(|result| ensure_error("publish", result, ErrorKind::Closed))
}
