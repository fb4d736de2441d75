//! Releases: a message goes back to its queue unchanged.

use super::super::check::{Check, ensure, ensure_same_message};
use super::super::context::{Context, SHORT_DELAY};
use super::super::message::{full_message, prefetch, publish};
use crate::transport::{Delivery, Outgoing, Settlement};

/// Checks the bounds of [`Delivery::attempt`]: retried deliveries count, and released ones may count.
fn ensure_attempt(delivery: &Delivery, retried: u32, released: u32) -> Check {
    let (least, most) = (1 + retried, 1 + retried + released);
    ensure((least..=most).contains(&delivery.attempt), || {
        format!(
            "the attempt after {retried} retries and {released} releases: expected {least} to {most}, got {}",
            delivery.attempt
        )
    })
}

pub(crate) async fn a_released_message_is_delivered_again(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    for released in 0..3 {
        let delivery = context.next(&mut consumer).await?;
        ensure_attempt(&delivery, 0, released)?;
        delivery.settle(Settlement::Release).await?;
    }
    context.expect_exactly(&mut consumer, [1]).await
}

pub(crate) async fn a_released_message_keeps_its_attempts(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    for round in 0..3 {
        let delivery = context.next(&mut consumer).await?;
        ensure_attempt(&delivery, round, round)?;
        delivery.settle(Settlement::Retry { after: SHORT_DELAY }).await?;
        let delivery = context.next(&mut consumer).await?;
        ensure_attempt(&delivery, round + 1, round)?;
        delivery.settle(Settlement::Release).await?;
    }
    context.expect_exactly(&mut consumer, [1]).await
}

pub(crate) async fn a_released_message_is_unchanged(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let sent = full_message();
    context.bus.publish_one(Outgoing::new(to, sent.clone())).await?;
    context.next(&mut consumer).await?.settle(Settlement::Release).await?;
    ensure_same_message(&context.next(&mut consumer).await?.envelope, &sent)
}

pub(crate) async fn releases_never_make_a_message_a_dead_letter(context: &Context<'_>) -> Check {
    /// More than the delivery limits that brokers have by default.
    const RELEASES: u32 = 30;

    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    for released in 0..RELEASES {
        let delivery = context.next(&mut consumer).await?;
        ensure_attempt(&delivery, 0, released)?;
        delivery.settle(Settlement::Release).await?;
    }
    context.expect_exactly(&mut consumer, [1]).await?;
    context.expect_nothing(&mut context.dead_letters(&source).await?).await
}
