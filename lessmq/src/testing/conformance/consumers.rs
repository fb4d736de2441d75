//! Consumers: how much they get, in which order, and what becomes of it when they go.

use futures_util::future::try_join_all;

use super::context::{Context, Failure, broken, ensure_eq, ordered, publish, shared};
use crate::error::ErrorKind;
use crate::transport::{Address, Consumer, Settlement, Source, Transport};

super::promises! {
    prefetch_bounds_what_is_out:
        "Transport::consume: at most ConsumeOptions::prefetch deliveries are out unsettled at a time",
    an_ordered_source_keeps_the_order_of_publishing:
        "ConsumeOptions::ordered: in the order of publishing",
    an_ordered_source_has_one_consumer_at_a_time:
        "ConsumeOptions::ordered: one consumer of the source at a time, over all processes",
    another_consumer_takes_over_an_ordered_source:
        "ConsumeOptions::ordered: another takes over when it goes",
    an_ordered_source_keeps_its_order_when_a_message_comes_back:
        "ConsumeOptions::ordered: in the order of publishing",
    commands_wait_for_a_service_that_consumes_them_in_order:
        "Transport::publish: commands to a service that has not been started yet wait for it",
    a_dropped_consumer_gives_back_what_it_did_not_hand_out:
        "Consumer: dropping it stops the deliveries; Delivery: a message stays the broker's until it is settled",
    a_delivery_can_be_settled_after_its_consumer_was_dropped:
        "Consumer: those that were handed out can still be settled",
    one_connection_can_consume_a_source_twice:
        "Transport::consume: deliveries of one source are shared among all consumers of that source",
    consumers_that_start_at_once_do_not_fail:
        "Transport::consume: returns once the broker has everything it needs",
}

async fn prefetch_bounds_what_is_out(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(2)).await?;
    publish(&context.bus, &to, 0..4).await?;
    let first = context.next(&mut consumer).await?;
    let _second = context.next(&mut consumer).await?;
    context.nothing_follows(&mut consumer).await?;
    first.settle(Settlement::Acknowledge).await?;
    let _third = context.next(&mut consumer).await?;
    context.nothing_follows(&mut consumer).await
}

/// Two consumers that ask for order, and where to publish; `None` where the driver rightly refuses.
async fn two_ordered(
    context: &Context<'_>,
    prefetch: u16,
) -> Result<Option<(Address, Consumer, Consumer)>, Failure> {
    let (to, source) = context.service().commands();
    let one = context.bus.consume(&source, ordered(prefetch)).await;
    if !context.bus.capabilities().ordered {
        return match one {
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            other => broken(format!("the driver denies order and consume returned {other:?}")),
        };
    }
    let other = context.connect().await?.consume(&source, ordered(prefetch)).await?;
    Ok(Some((to, one?, other)))
}

async fn an_ordered_source_keeps_the_order_of_publishing(context: &Context<'_>) -> Result<(), Failure> {
    let Some((to, mut consumer, _)) = two_ordered(context, 8).await? else { return Ok(()) };
    publish(&context.bus, &to, 0..50).await?;
    let taken = context.take_many(&mut consumer, 50).await?;
    ensure_eq("the order of delivery", &taken, &(0..50).collect())
}

async fn an_ordered_source_has_one_consumer_at_a_time(context: &Context<'_>) -> Result<(), Failure> {
    let Some((to, mut one, mut other)) = two_ordered(context, 1).await? else { return Ok(()) };
    publish(&context.bus, &to, 0..4).await?;
    let _first = context.next(&mut one).await?;
    context.nothing_follows(&mut other).await
}

async fn another_consumer_takes_over_an_ordered_source(context: &Context<'_>) -> Result<(), Failure> {
    let Some((to, mut one, mut other)) = two_ordered(context, 4).await? else { return Ok(()) };
    publish(&context.bus, &to, 0..10).await?;
    let mut taken = context.take_many(&mut one, 3).await?;
    drop(one);
    taken.extend(context.take_many(&mut other, 7).await?);
    ensure_eq("the order of delivery over both consumers", &taken, &(0..10).collect())
}

async fn an_ordered_source_keeps_its_order_when_a_message_comes_back(
    context: &Context<'_>,
) -> Result<(), Failure> {
    let Some((to, mut consumer, _)) = two_ordered(context, 1).await? else { return Ok(()) };
    publish(&context.bus, &to, 0..4).await?;
    context.next(&mut consumer).await?.settle(Settlement::Release).await?;
    drop(context.next(&mut consumer).await?);
    let taken = context.take_many(&mut consumer, 4).await?;
    ensure_eq("the order of delivery", &taken, &(0..4).collect())
}

async fn commands_wait_for_a_service_that_consumes_them_in_order(
    context: &Context<'_>,
) -> Result<(), Failure> {
    if !context.bus.capabilities().ordered {
        return Ok(());
    }
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, 0..4).await?;
    let mut consumer = context.bus.consume(&source, ordered(2)).await?;
    let taken = context.take_many(&mut consumer, 4).await?;
    ensure_eq("the order of delivery", &taken, &(0..4).collect())
}

async fn a_dropped_consumer_gives_back_what_it_did_not_hand_out(
    context: &Context<'_>,
) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, 0..5).await?;
    let mut consumer = context.bus.consume(&source, shared(5)).await?;
    let taken = context.take(&mut consumer).await?;
    drop(consumer);
    let mut consumer = context.connect().await?.consume(&source, shared(5)).await?;
    context.take_exactly(&mut consumer, (0..5).filter(|number| *number != taken)).await
}

async fn a_delivery_can_be_settled_after_its_consumer_was_dropped(
    context: &Context<'_>,
) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, [1]).await?;
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    let delivery = context.next(&mut consumer).await?;
    drop(consumer);
    delivery.settle(Settlement::Acknowledge).await?;
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [2]).await?;
    context.take_exactly(&mut consumer, [2]).await
}

async fn one_connection_can_consume_a_source_twice(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut one = context.bus.consume(&source, shared(1)).await?;
    let mut other = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, 0..3).await?;
    let _held = context.next(&mut one).await?;
    context.take_many(&mut other, 2).await?;
    context.nothing_follows(&mut other).await
}

async fn consumers_that_start_at_once_do_not_fail(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let connections = [context.connect().await?, context.connect().await?, context.connect().await?];
    let sources = [service.calls().1, service.commands().1, service.events(&["made"], "mailer")];
    let starting =
        connections.iter().flat_map(|bus| sources.iter().map(move |source| start(bus.as_ref(), source)));
    context.within("starting nine consumers at once", try_join_all(starting)).await??;
    Ok(())
}

async fn start(bus: &dyn Transport, source: &Source) -> Result<Consumer, Failure> {
    // So that a driver that only ever suspends on a network does so here too.
    tokio::task::yield_now().await;
    Ok(bus.consume(source, shared(1)).await?)
}
