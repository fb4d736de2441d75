//! A broker that goes away and comes back.

use std::collections::BTreeSet;

use super::context::{Context, Failure, message, number, publish, shared};
use crate::transport::{Consumer, Settlement};

super::promises! {
    stored_messages_survive_a_restart_of_the_broker:
        "Capabilities::durable: whether stored messages outlive this process",
    consumers_are_restored_after_a_restart_of_the_broker:
        "Transport: restore their connection, queues and consumers by themselves after the broker was away",
}

/// Takes messages until all of these have come, each at least once.
async fn take_all(context: &Context<'_>, consumer: &mut Consumer, numbers: &[u64]) -> Result<(), Failure> {
    let mut missing: BTreeSet<u64> = numbers.iter().copied().collect();
    while !missing.is_empty() {
        let delivery = context.next(consumer).await?;
        missing.remove(&number(&delivery.envelope.data)?);
        // The broker may have gone since: then it delivers the message again.
        let _ = delivery.settle(Settlement::Acknowledge).await;
    }
    Ok(())
}

async fn restart(context: &Context<'_>) -> Result<(), Failure> {
    if !context.harness.can_restart_broker() {
        return Err(Failure::NotRun("restart the broker"));
    }
    Ok(context.harness.restart_broker().await?)
}

async fn stored_messages_survive_a_restart_of_the_broker(context: &Context<'_>) -> Result<(), Failure> {
    if !context.bus.capabilities().durable {
        return Ok(());
    }
    let service = context.service();
    let (to, source) = service.commands();
    let events = service.events(&["made"], "mailer");
    drop(context.bus.consume(&events, shared(10)).await?);
    publish(&context.bus, &to, 0..5).await?;
    publish(&context.bus, &service.event("made"), 5..10).await?;
    restart(context).await?;
    let bus = context.connect().await?;
    take_all(context, &mut bus.consume(&source, shared(10)).await?, &[0, 1, 2, 3, 4]).await?;
    take_all(context, &mut bus.consume(&events, shared(10)).await?, &[5, 6, 7, 8, 9]).await
}

async fn consumers_are_restored_after_a_restart_of_the_broker(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    restart(context).await?;
    context.within("publishing after a restart", context.bus.publish(&to, message(2))).await??;
    take_all(context, &mut consumer, &[1, 2]).await
}
