//! Commands: each is kept until one consumer has acknowledged it.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::super::check::{Check, Failure, ensure, ensure_eq};
use super::super::context::Context;
use super::super::message::{outgoing, prefetch, publish};

pub(crate) async fn a_command_is_delivered(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    publish(&context.bus, &to, [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    ensure_eq("the attempt of a first delivery", &delivery.attempt, &1)?;
    ensure_eq("the dead letter of a message that is not dead", &delivery.dead_letter, &None)?;
    ensure(delivery.responder.is_none(), || "a command was delivered with a responder".to_owned())
}

pub(crate) async fn a_command_waits_for_a_service_that_was_never_started(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, 0..3).await?;
    let mut consumer = context.connect().await?.consume(&source, prefetch(10)).await?;
    context.expect_exactly(&mut consumer, 0..3).await
}

pub(crate) async fn a_command_waits_while_there_is_no_consumer(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    drop(context.bus.consume(&source, prefetch(10)).await?);
    publish(&context.bus, &to, 0..3).await?;
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    context.expect_exactly(&mut consumer, 0..3).await
}

pub(crate) async fn a_command_is_delivered_once_when_nothing_fails(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(5)).await?;
    publish(&context.bus, &to, 0..20).await?;
    context.expect_exactly(&mut consumer, 0..20).await
}

pub(crate) async fn a_command_reaches_only_its_service(context: &Context<'_>) -> Check {
    let (service, other) = (context.service().commands(), context.service().commands());
    let mut consumer = context.bus.consume(&service.1, prefetch(10)).await?;
    publish(&context.bus, &other.0, [2]).await?;
    publish(&context.bus, &service.0, [1]).await?;
    context.expect_exactly(&mut consumer, [1]).await
}

pub(crate) async fn competing_consumers_share_the_commands(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut one = context.bus.consume(&source, prefetch(1)).await?;
    let mut other = context.connect().await?.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, 0..2).await?;
    // Each consumer has room for one delivery, and neither delivery is settled.
    let first = context.next(&mut one).await?;
    let second = context.next(&mut other).await?;
    ensure(first.envelope.id != second.envelope.id, || "both consumers got the same message".to_owned())
}

pub(crate) async fn commands_of_many_tasks_all_arrive(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(100)).await?;
    let publishing = (0..100).map(|number| context.bus.publish_one(outgoing(&to, number)));
    let (_, numbers) = tokio::try_join!(
        async { try_join_all(publishing).await.map_err(Failure::from) },
        context.acknowledge_many(&mut consumer, 100),
    )?;
    let distinct: BTreeSet<u64> = numbers.into_iter().collect();
    ensure_eq("the number of different messages", &distinct.len(), &100)
}
