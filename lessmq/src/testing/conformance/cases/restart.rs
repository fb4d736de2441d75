//! A broker that stops and starts again.

use std::collections::BTreeSet;

use super::super::check::{Check, Failure};
use super::super::context::Context;
use super::super::harness::RestartableBroker;
use super::super::message::{number, outgoing, prefetch, publish};
use crate::transport::{Consumer, Settlement};

async fn start_broker(context: &Context<'_>) -> Check<Box<dyn RestartableBroker>> {
    context.harness.start_broker().await?.ok_or(Failure::NotRun("broker that can be restarted"))
}

/// Acknowledges messages until each of these has arrived.
async fn acknowledge_all(context: &Context<'_>, consumer: &mut Consumer, numbers: &[u64]) -> Check {
    let mut missing: BTreeSet<u64> = numbers.iter().copied().collect();
    while !missing.is_empty() {
        let delivery = context.next(consumer).await?;
        missing.remove(&number(&delivery.envelope.data)?);
        // The connection may have broken since: the broker then delivers the message again.
        let _ = delivery.settle(Settlement::Acknowledge).await;
    }
    Ok(())
}

pub(crate) async fn stored_messages_survive_a_restart_of_the_broker(context: &Context<'_>) -> Check {
    if !context.bus.capabilities().durable {
        return Ok(());
    }
    let broker = start_broker(context).await?;
    let context = &Context::new(broker.harness()).await?;
    let service = context.service();
    let (to, source) = service.commands();
    let events = service.subscription(&["made"], "mailer");
    drop(context.bus.consume(&events, prefetch(10)).await?);
    publish(&context.bus, &to, 0..5).await?;
    publish(&context.bus, &service.event("made"), 5..10).await?;
    broker.restart().await?;
    let bus = context.connect().await?;
    acknowledge_all(context, &mut bus.consume(&source, prefetch(10)).await?, &[0, 1, 2, 3, 4]).await?;
    acknowledge_all(context, &mut bus.consume(&events, prefetch(10)).await?, &[5, 6, 7, 8, 9]).await
}

pub(crate) async fn consumers_are_restored_after_a_restart_of_the_broker(context: &Context<'_>) -> Check {
    let broker = start_broker(context).await?;
    let context = &Context::new(broker.harness()).await?;
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    broker.restart().await?;
    let publishing = context.bus.publish_one(outgoing(&to, 2));
    context.finish("publishing after a restart", publishing).await??;
    acknowledge_all(context, &mut consumer, &[1, 2]).await
}
