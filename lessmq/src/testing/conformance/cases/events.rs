//! Events: every subscription gets each event, and in a group one consumer handles it.

use tokio::time::{Instant, timeout_at};

use super::super::check::{Check, ensure_eq};
use super::super::context::Context;
use super::super::message::{number, prefetch, publish};
use crate::transport::{Consumer, Settlement};

pub(crate) async fn an_event_without_subscriptions_is_accepted(context: &Context<'_>) -> Check {
    let service = context.service();
    publish(&context.bus, &service.event("made"), [1]).await?;
    let mut consumer = context.bus.consume(&service.subscription(&["made"], "late"), prefetch(10)).await?;
    publish(&context.bus, &service.event("made"), [2]).await?;
    context.expect_exactly(&mut consumer, [2]).await
}

pub(crate) async fn an_event_after_consume_is_not_missed(context: &Context<'_>) -> Check {
    let service = context.service();
    let publisher = context.connect().await?;
    for source in [service.subscription(&["made"], "group"), service.broadcast("made")] {
        let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
        publish(&publisher, &service.event("made"), 0..3).await?;
        context.expect_exactly(&mut consumer, 0..3).await?;
    }
    Ok(())
}

pub(crate) async fn every_group_gets_every_event(context: &Context<'_>) -> Check {
    let service = context.service();
    let mut consumers = Vec::new();
    for group in ["mailer", "search", "audit"] {
        let source = service.subscription(&["made"], group);
        consumers.push(context.bus.consume(&source, prefetch(10)).await?);
    }
    publish(&context.bus, &service.event("made"), 0..5).await?;
    for consumer in &mut consumers {
        context.expect_exactly(consumer, 0..5).await?;
    }
    Ok(())
}

pub(crate) async fn the_consumers_of_a_group_share_its_events(context: &Context<'_>) -> Check {
    let service = context.service();
    let source = service.subscription(&["made"], "mailer");
    let mut one = context.bus.consume(&source, prefetch(2)).await?;
    let mut other = context.connect().await?.consume(&source, prefetch(2)).await?;
    publish(&context.bus, &service.event("made"), 0..10).await?;
    let mut numbers = acknowledge_from_both(context, &mut one, &mut other, 10).await?;
    numbers.sort_unstable();
    ensure_eq("the events that the group got", &numbers, &(0..10).collect())
}

/// Acknowledges `count` deliveries of two consumers, and those that follow within a quiet period.
async fn acknowledge_from_both(
    context: &Context<'_>,
    one: &mut Consumer,
    other: &mut Consumer,
    count: usize,
) -> Check<Vec<u64>> {
    let mut numbers = Vec::new();
    let mut until = context.deadline();
    loop {
        let next = async {
            tokio::select! { next = one.next() => next, next = other.next() => next }
        };
        let Ok(Some(delivery)) = timeout_at(until, next).await else { return Ok(numbers) };
        let delivery = delivery?;
        numbers.push(number(&delivery.envelope.data)?);
        delivery.settle(Settlement::Acknowledge).await?;
        if numbers.len() >= count {
            until = Instant::now() + context.harness.quiet_period();
        }
    }
}

pub(crate) async fn a_group_keeps_its_events_while_there_is_no_consumer(context: &Context<'_>) -> Check {
    let service = context.service();
    let source = service.subscription(&["made"], "mailer");
    let first = context.connect().await?;
    drop(first.consume(&source, prefetch(10)).await?);
    first.close().await?;
    publish(&context.bus, &service.event("made"), 0..3).await?;
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    context.expect_exactly(&mut consumer, 0..3).await
}

pub(crate) async fn a_group_gets_only_the_events_of_its_topics(context: &Context<'_>) -> Check {
    let (service, other) = (context.service(), context.service());
    let source = service.subscription(&["made", "sold"], "mailer");
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    publish(&context.bus, &service.event("lost"), [1]).await?;
    publish(&context.bus, &other.event("made"), [2]).await?;
    publish(&context.bus, &service.event("made"), [3]).await?;
    publish(&context.bus, &service.event("sold"), [4]).await?;
    context.expect_exactly(&mut consumer, [3, 4]).await
}

pub(crate) async fn a_broadcast_reaches_every_consumer(context: &Context<'_>) -> Check {
    let service = context.service();
    let source = service.broadcast("made");
    let other = context.connect().await?;
    let mut consumers = [
        context.bus.consume(&source, prefetch(10)).await?,
        context.bus.consume(&source, prefetch(10)).await?,
        other.consume(&source, prefetch(10)).await?,
    ];
    publish(&context.bus, &service.event("made"), 0..3).await?;
    for consumer in &mut consumers {
        context.expect_exactly(consumer, 0..3).await?;
    }
    Ok(())
}

pub(crate) async fn a_broadcast_subscription_ends_with_its_consumer(context: &Context<'_>) -> Check {
    let service = context.service();
    let source = service.broadcast("made");
    drop(context.bus.consume(&source, prefetch(10)).await?);
    publish(&context.bus, &service.event("made"), [1]).await?;
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    publish(&context.bus, &service.event("made"), [2]).await?;
    context.expect_exactly(&mut consumer, [2]).await
}

pub(crate) async fn calls_commands_and_events_of_one_service_are_separate(context: &Context<'_>) -> Check {
    let service = context.service();
    let (to, source) = service.commands();
    let mut calls = context.bus.consume(&service.calls().1, prefetch(10)).await?;
    let mut commands = context.bus.consume(&source, prefetch(10)).await?;
    let mut events = context.bus.consume(&service.subscription(&["made"], "mailer"), prefetch(10)).await?;
    publish(&context.bus, &to, [1]).await?;
    publish(&context.bus, &service.event("made"), [2]).await?;
    context.expect_nothing(&mut calls).await?;
    context.expect_exactly(&mut commands, [1]).await?;
    context.expect_exactly(&mut events, [2]).await
}
