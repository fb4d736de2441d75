//! Ordered queues and topics: messages are delivered in the order of publishing, and those of one key to one consumer
//! at a time.

use super::super::check::{Check, ensure_eq, ensure_error};
use super::super::context::Context;
use super::super::message::{number, prefetch, publish};
use crate::error::ErrorKind;
use crate::transport::{Consumer, Delivery, Queue, Settlement};

pub(crate) async fn ordering_works_or_is_refused(context: &Context<'_>) -> Check {
    let service = context.service();
    for source in [service.ordered_commands().1, service.ordered_subscription("made", "mailer")] {
        let consumed = context.bus.consume(&source, prefetch(1)).await;
        if context.bus.capabilities().ordering {
            consumed?;
        } else {
            ensure_error("consuming an ordered source", consumed, ErrorKind::Unsupported)?;
        }
    }
    Ok(())
}

/// Two consumers of ordered commands; `None` without [`Capabilities::ordering`](crate::transport::Capabilities).
async fn two_consumers(context: &Context<'_>, unsettled: u16) -> Check<Option<(Queue, Consumer, Consumer)>> {
    if !context.bus.capabilities().ordering {
        return Ok(None);
    }
    let (to, source) = context.service().ordered_commands();
    let one = context.bus.consume(&source, prefetch(unsettled)).await?;
    let other = context.connect().await?.consume(&source, prefetch(unsettled)).await?;
    Ok(Some((to, one, other)))
}

pub(crate) async fn an_ordered_source_keeps_the_order_of_publishing(context: &Context<'_>) -> Check {
    let Some((to, mut consumer, _)) = two_consumers(context, 8).await? else { return Ok(()) };
    publish(&context.bus, &to, 0..50).await?;
    let numbers = context.acknowledge_many(&mut consumer, 50).await?;
    ensure_eq("the order of delivery", &numbers, &(0..50).collect())
}

pub(crate) async fn an_ordered_subscription_keeps_the_order_of_publishing(context: &Context<'_>) -> Check {
    if !context.bus.capabilities().ordering {
        return Ok(());
    }
    let service = context.service();
    let source = service.ordered_subscription("made", "mailer");
    let mut consumer = context.bus.consume(&source, prefetch(8)).await?;
    publish(&context.bus, &service.ordered_event("made"), 0..50).await?;
    let numbers = context.acknowledge_many(&mut consumer, 50).await?;
    ensure_eq("the order of delivery", &numbers, &(0..50).collect())
}

pub(crate) async fn a_partition_key_has_one_consumer_at_a_time(context: &Context<'_>) -> Check {
    let Some((to, mut one, mut other)) = two_consumers(context, 1).await? else { return Ok(()) };
    publish(&context.bus, &to, 0..4).await?;
    let _first = next_of_either(context, &mut one, &mut other).await?;
    context.expect_nothing(&mut one).await?;
    context.expect_nothing(&mut other).await
}

pub(crate) async fn another_consumer_takes_over_an_ordered_source(context: &Context<'_>) -> Check {
    let Some((to, mut one, mut other)) = two_consumers(context, 4).await? else { return Ok(()) };
    publish(&context.bus, &to, 0..10).await?;
    let mut numbers = Vec::new();
    let mut from_one = true;
    for _ in 0..3 {
        let (delivery, first) = next_of_either(context, &mut one, &mut other).await?;
        from_one = first;
        numbers.push(number(&delivery.envelope.data)?);
        delivery.settle(Settlement::Acknowledge).await?;
    }
    // The consumer that has received messages ends.
    let (ended, mut rest) = if from_one { (one, other) } else { (other, one) };
    drop(ended);
    numbers.extend(context.acknowledge_many(&mut rest, 7).await?);
    ensure_eq("the order of delivery over both consumers", &numbers, &(0..10).collect())
}

/// The next delivery of two consumers, and whether it belongs to the first consumer.
async fn next_of_either(
    context: &Context<'_>,
    one: &mut Consumer,
    other: &mut Consumer,
) -> Check<(Delivery, bool)> {
    tokio::select! {
        biased;
        delivery = context.next(one) => Ok((delivery?, true)),
        delivery = context.next(other) => Ok((delivery?, false)),
    }
}

pub(crate) async fn an_ordered_source_keeps_its_order_when_a_message_comes_back(
    context: &Context<'_>,
) -> Check {
    let Some((to, mut consumer, _)) = two_consumers(context, 1).await? else { return Ok(()) };
    publish(&context.bus, &to, 0..4).await?;
    context.next(&mut consumer).await?.settle(Settlement::Release).await?;
    drop(context.next(&mut consumer).await?);
    let numbers = context.acknowledge_many(&mut consumer, 4).await?;
    ensure_eq("the order of delivery", &numbers, &(0..4).collect())
}

pub(crate) async fn ordered_commands_wait_for_a_service_that_was_never_started(
    context: &Context<'_>,
) -> Check {
    if !context.bus.capabilities().ordering {
        return Ok(());
    }
    let (to, source) = context.service().ordered_commands();
    publish(&context.bus, &to, 0..4).await?;
    let mut consumer = context.bus.consume(&source, prefetch(2)).await?;
    let numbers = context.acknowledge_many(&mut consumer, 4).await?;
    ensure_eq("the order of delivery", &numbers, &(0..4).collect())
}

pub(crate) async fn ordered_commands_have_a_separate_queue(context: &Context<'_>) -> Check {
    if !context.bus.capabilities().ordering {
        return Ok(());
    }
    let service = context.service();
    let ((to, source), (to_ordered, ordered_source)) = (service.commands(), service.ordered_commands());
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    let mut ordered = context.bus.consume(&ordered_source, prefetch(10)).await?;
    publish(&context.bus, &to, [1]).await?;
    publish(&context.bus, &to_ordered, [2]).await?;
    context.expect_exactly(&mut consumer, [1]).await?;
    context.expect_exactly(&mut ordered, [2]).await
}
