//! Consumers: how many deliveries they get, and what happens to the deliveries when a consumer is dropped.

use futures_util::future::try_join_all;

use super::super::check::Check;
use super::super::context::Context;
use super::super::message::{prefetch, publish};
use crate::transport::{Consumer, Settlement, Source, Transport};

pub(crate) async fn prefetch_limits_the_unsettled_deliveries(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(2)).await?;
    publish(&context.bus, &to, 0..4).await?;
    let first = context.next(&mut consumer).await?;
    let _second = context.next(&mut consumer).await?;
    context.expect_nothing(&mut consumer).await?;
    first.settle(Settlement::Acknowledge).await?;
    let _third = context.next(&mut consumer).await?;
    context.expect_nothing(&mut consumer).await
}

pub(crate) async fn a_dropped_consumer_returns_the_messages_it_had_buffered(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, 0..5).await?;
    let mut consumer = context.bus.consume(&source, prefetch(5)).await?;
    let first = context.acknowledge_next(&mut consumer).await?;
    drop(consumer);
    let mut consumer = context.connect().await?.consume(&source, prefetch(5)).await?;
    context.expect_exactly(&mut consumer, (0..5).filter(|number| *number != first)).await
}

pub(crate) async fn a_delivery_can_be_settled_after_its_consumer_was_dropped(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, [1]).await?;
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let delivery = context.next(&mut consumer).await?;
    drop(consumer);
    delivery.settle(Settlement::Acknowledge).await?;
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [2]).await?;
    context.expect_exactly(&mut consumer, [2]).await
}

pub(crate) async fn one_connection_can_consume_a_source_twice(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut one = context.bus.consume(&source, prefetch(1)).await?;
    let mut other = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, 0..3).await?;
    let _unsettled = context.next(&mut one).await?;
    context.acknowledge_many(&mut other, 2).await?;
    context.expect_nothing(&mut other).await
}

pub(crate) async fn consumers_can_start_at_the_same_time(context: &Context<'_>) -> Check {
    let service = context.service();
    let connections = [context.connect().await?, context.connect().await?, context.connect().await?];
    let sources = [service.calls().1, service.commands().1, service.subscription(&["made"], "mailer")];
    let starting =
        connections.iter().flat_map(|bus| sources.iter().map(move |source| start(bus.as_ref(), source)));
    context.finish("starting nine consumers at once", try_join_all(starting)).await??;
    Ok(())
}

async fn start(bus: &dyn Transport, source: &Source) -> Check<Consumer> {
    // Lets the other consumers start first, even if nothing waits for a network.
    tokio::task::yield_now().await;
    Ok(bus.consume(source, prefetch(1)).await?)
}
