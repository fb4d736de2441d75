//! Events: every group gets each, and within a group one consumer.

use tokio::time::{Instant, timeout_at};

use super::context::{Context, Failure, ensure_eq, number, publish, shared};
use crate::transport::{Consumer, Settlement};

super::promises! {
    an_event_without_subscribers_is_taken:
        "Transport::publish: an event that nobody has subscribed to is stored nowhere, which is Ok",
    an_event_after_consume_is_not_missed:
        "Transport::consume: what is published after that is not missed",
    every_group_gets_every_event:
        "Source::Events: every group gets each",
    a_group_shares_its_events:
        "Group::Named: each event going to one of them",
    a_group_keeps_its_events_while_no_consumer_is_there:
        "Group::Named: its messages are kept while none is there",
    a_group_gets_no_events_but_those_it_named:
        "Source::Events: the events' names",
    a_broadcast_reaches_every_consumer:
        "Group::Broadcast: every consumer gets every event",
    a_broadcast_ends_with_its_consumer:
        "Group::Broadcast: from the moment it subscribes until it goes",
    calls_commands_and_events_of_one_service_stay_apart:
        "Address: where a message is sent",
}

async fn an_event_without_subscribers_is_taken(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    publish(&context.bus, &service.event("made"), [1]).await?;
    let mut consumer = context.bus.consume(&service.events(&["made"], "late"), shared(10)).await?;
    publish(&context.bus, &service.event("made"), [2]).await?;
    context.take_exactly(&mut consumer, [2]).await
}

async fn an_event_after_consume_is_not_missed(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let publisher = context.connect().await?;
    for source in [service.events(&["made"], "one"), service.broadcast(&["made"])] {
        let mut consumer = context.bus.consume(&source, shared(10)).await?;
        publish(&publisher, &service.event("made"), 0..3).await?;
        context.take_exactly(&mut consumer, 0..3).await?;
    }
    Ok(())
}

async fn every_group_gets_every_event(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let mut consumers = Vec::new();
    for group in ["mailer", "search", "audit"] {
        consumers.push(context.bus.consume(&service.events(&["made"], group), shared(10)).await?);
    }
    publish(&context.bus, &service.event("made"), 0..5).await?;
    for consumer in &mut consumers {
        context.take_exactly(consumer, 0..5).await?;
    }
    Ok(())
}

async fn a_group_shares_its_events(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let source = service.events(&["made"], "mailer");
    let mut one = context.bus.consume(&source, shared(2)).await?;
    let mut other = context.connect().await?.consume(&source, shared(2)).await?;
    publish(&context.bus, &service.event("made"), 0..10).await?;
    let mut numbers = take_from_either(context, &mut one, &mut other, 10).await?;
    numbers.sort_unstable();
    ensure_eq("what the group got", &numbers, &(0..10).collect())
}

/// Takes so many messages from two consumers, and what follows within a lull.
async fn take_from_either(
    context: &Context<'_>,
    one: &mut Consumer,
    other: &mut Consumer,
    count: usize,
) -> Result<Vec<u64>, Failure> {
    let mut numbers = Vec::new();
    let mut until = context.soon();
    loop {
        let next = async {
            tokio::select! { next = one.next() => next, next = other.next() => next }
        };
        let Ok(Some(delivery)) = timeout_at(until, next).await else { return Ok(numbers) };
        let delivery = delivery?;
        numbers.push(number(&delivery.envelope.data)?);
        delivery.settle(Settlement::Acknowledge).await?;
        if numbers.len() >= count {
            until = Instant::now() + context.harness.lull();
        }
    }
}

async fn a_group_keeps_its_events_while_no_consumer_is_there(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let source = service.events(&["made"], "mailer");
    let first = context.connect().await?;
    drop(first.consume(&source, shared(10)).await?);
    first.close().await?;
    publish(&context.bus, &service.event("made"), 0..3).await?;
    let mut consumer = context.bus.consume(&source, shared(10)).await?;
    context.take_exactly(&mut consumer, 0..3).await
}

async fn a_group_gets_no_events_but_those_it_named(context: &Context<'_>) -> Result<(), Failure> {
    let (service, other) = (context.service(), context.service());
    let mut consumer = context.bus.consume(&service.events(&["made", "sold"], "mailer"), shared(10)).await?;
    publish(&context.bus, &service.event("lost"), [1]).await?;
    publish(&context.bus, &other.event("made"), [2]).await?;
    publish(&context.bus, &service.event("made"), [3]).await?;
    publish(&context.bus, &service.event("sold"), [4]).await?;
    context.take_exactly(&mut consumer, [3, 4]).await
}

async fn a_broadcast_reaches_every_consumer(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let source = service.broadcast(&["made"]);
    let other = context.connect().await?;
    let mut consumers = [
        context.bus.consume(&source, shared(10)).await?,
        context.bus.consume(&source, shared(10)).await?,
        other.consume(&source, shared(10)).await?,
    ];
    publish(&context.bus, &service.event("made"), 0..3).await?;
    for consumer in &mut consumers {
        context.take_exactly(consumer, 0..3).await?;
    }
    Ok(())
}

async fn a_broadcast_ends_with_its_consumer(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let source = service.broadcast(&["made"]);
    drop(context.bus.consume(&source, shared(10)).await?);
    publish(&context.bus, &service.event("made"), [1]).await?;
    let mut consumer = context.bus.consume(&source, shared(10)).await?;
    publish(&context.bus, &service.event("made"), [2]).await?;
    context.take_exactly(&mut consumer, [2]).await
}

async fn calls_commands_and_events_of_one_service_stay_apart(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let (to, source) = service.commands();
    let mut calls = context.bus.consume(&service.calls().1, shared(10)).await?;
    let mut commands = context.bus.consume(&source, shared(10)).await?;
    let mut events = context.bus.consume(&service.events(&["made"], "mailer"), shared(10)).await?;
    publish(&context.bus, &to, [1]).await?;
    publish(&context.bus, &service.event("made"), [2]).await?;
    context.nothing_follows(&mut calls).await?;
    context.take_exactly(&mut commands, [1]).await?;
    context.take_exactly(&mut events, [2]).await
}
