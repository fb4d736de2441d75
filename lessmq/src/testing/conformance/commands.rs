//! Commands: kept until one consumer has acknowledged.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::context::{Context, Failure, ensure, ensure_eq, message, publish, shared};

super::promises! {
    a_command_is_delivered:
        "Transport::publish: the broker has stored it",
    a_command_waits_for_a_service_that_has_not_started:
        "Transport::publish: commands to a service that has not been started yet wait for it",
    a_command_waits_while_no_consumer_is_there:
        "Source::Commands: kept until one consumer has acknowledged",
    a_command_is_delivered_once_when_nothing_breaks:
        "Transport::publish: only a message whose fate is unknown is sent again",
    a_command_reaches_its_service_alone:
        "Address::Commands: the commands of a service",
    competing_consumers_share_the_commands:
        "Transport::consume: deliveries of one source are shared among all consumers of that source",
    commands_of_many_tasks_all_arrive:
        "Transport: may be used from any task",
}

async fn a_command_is_delivered(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(10)).await?;
    publish(&context.bus, &to, [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    ensure_eq("the attempt of a first delivery", &delivery.attempt, &1)?;
    ensure_eq("the dead letter of a living message", &delivery.dead_letter, &None)?;
    ensure(delivery.responder.is_none(), || "a command came with a way to reply".to_owned())
}

async fn a_command_waits_for_a_service_that_has_not_started(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, 0..3).await?;
    let mut consumer = context.connect().await?.consume(&source, shared(10)).await?;
    context.take_exactly(&mut consumer, 0..3).await
}

async fn a_command_waits_while_no_consumer_is_there(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    drop(context.bus.consume(&source, shared(10)).await?);
    publish(&context.bus, &to, 0..3).await?;
    let mut consumer = context.bus.consume(&source, shared(10)).await?;
    context.take_exactly(&mut consumer, 0..3).await
}

async fn a_command_is_delivered_once_when_nothing_breaks(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(5)).await?;
    publish(&context.bus, &to, 0..20).await?;
    context.take_exactly(&mut consumer, 0..20).await
}

async fn a_command_reaches_its_service_alone(context: &Context<'_>) -> Result<(), Failure> {
    let (one, other) = (context.service().commands(), context.service().commands());
    let mut consumer = context.bus.consume(&one.1, shared(10)).await?;
    publish(&context.bus, &other.0, [2]).await?;
    publish(&context.bus, &one.0, [1]).await?;
    context.take_exactly(&mut consumer, [1]).await
}

async fn competing_consumers_share_the_commands(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut one = context.bus.consume(&source, shared(1)).await?;
    let mut other = context.connect().await?.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, 0..2).await?;
    // Neither is settled, and each has room for one: so each must get one.
    let first = context.next(&mut one).await?;
    let second = context.next(&mut other).await?;
    ensure(first.envelope.id != second.envelope.id, || "both consumers got the same message".to_owned())
}

async fn commands_of_many_tasks_all_arrive(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(100)).await?;
    let publishing = (0..100).map(|number| context.bus.publish(&to, message(number)));
    let (_, taken) = tokio::try_join!(
        async { try_join_all(publishing).await.map_err(Failure::from) },
        context.take_many(&mut consumer, 100),
    )?;
    let distinct: BTreeSet<u64> = taken.into_iter().collect();
    ensure_eq("the number of distinct messages out of 100", &distinct.len(), &100)
}
