//! What happens to a message after its settlement, or without one.

use std::task::Poll;

use futures_util::poll;
use tokio::time::Instant;

use super::super::check::{Check, ensure, ensure_eq, ensure_same_message};
use super::super::context::{Context, SHORT_DELAY};
use super::super::message::{full_message, give_up, prefetch, publish};
use crate::transport::{Outgoing, Settlement};

const RETRY: Settlement = Settlement::Retry { after: SHORT_DELAY };

pub(crate) async fn an_acknowledged_message_is_forgotten(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    context.acknowledge_next(&mut consumer).await?;
    drop(consumer);
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [2]).await?;
    context.expect_exactly(&mut consumer, [2]).await
}

pub(crate) async fn a_retried_message_is_delivered_again(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    context.next(&mut consumer).await?.settle(RETRY).await?;
    context.expect_exactly(&mut consumer, [1]).await
}

pub(crate) async fn a_retried_message_is_unchanged(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let sent = full_message();
    context.bus.publish_one(Outgoing::new(to, sent.clone())).await?;
    context.next(&mut consumer).await?.settle(RETRY).await?;
    ensure_same_message(&context.next(&mut consumer).await?.envelope, &sent)
}

pub(crate) async fn a_retried_message_is_not_delivered_before_its_delay(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    let (started, delay) = (Instant::now(), SHORT_DELAY * 2);
    delivery.settle(Settlement::Retry { after: delay }).await?;
    context.acknowledge_next(&mut consumer).await?;
    let waited = started.elapsed();
    ensure(waited >= delay, || format!("expected a delay of {delay:?}, delivered again after {waited:?}"))
}

pub(crate) async fn a_retried_message_counts_its_attempts(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    for expected in 1..=3 {
        let delivery = context.next(&mut consumer).await?;
        ensure_eq("the attempt", &delivery.attempt, &expected)?;
        delivery.settle(RETRY).await?;
    }
    Ok(())
}

pub(crate) async fn a_message_is_not_retried_in_a_hot_loop(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let (started, delay) = (Instant::now(), SHORT_DELAY / 2);
    for retries in 0..4 {
        let delivery = context.next(&mut consumer).await?;
        let waited = started.elapsed();
        ensure(waited >= delay * retries, || {
            format!("{retries} retries after {delay:?} each took {waited:?} together")
        })?;
        delivery.settle(Settlement::Retry { after: delay }).await?;
    }
    Ok(())
}

pub(crate) async fn a_retry_does_not_hold_up_other_messages(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let late = Settlement::Retry { after: context.harness.timeout() * 2 };
    context.next(&mut consumer).await?.settle(late).await?;
    publish(&context.bus, &to, 2..5).await?;
    context.expect_exactly(&mut consumer, 2..5).await
}

pub(crate) async fn a_retried_event_returns_only_to_its_group(context: &Context<'_>) -> Check {
    let service = context.service();
    let failing = service.subscription(&["made"], "failing");
    let mut failing = context.bus.consume(&failing, prefetch(1)).await?;
    let mut other = context.bus.consume(&service.subscription(&["made"], "other"), prefetch(1)).await?;
    publish(&context.bus, &service.event("made"), [1]).await?;
    context.next(&mut failing).await?.settle(RETRY).await?;
    context.expect_exactly(&mut failing, [1]).await?;
    context.expect_exactly(&mut other, [1]).await
}

pub(crate) async fn an_unsettled_message_is_delivered_again(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    drop(context.next(&mut consumer).await?);
    let again = context.next(&mut consumer).await?;
    ensure_eq("the attempt after a delivery that was dropped unsettled", &again.attempt, &2)?;
    again.settle(Settlement::Acknowledge).await?;
    context.expect_nothing(&mut consumer).await
}

pub(crate) async fn a_slow_settlement_does_not_hold_up_the_next_delivery(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(16)).await?;
    publish(&context.bus, &to, 0..5).await?;
    let mut slow = Vec::new();
    for settlement in [Settlement::Acknowledge, RETRY, Settlement::Release, give_up()] {
        let mut settling = context.next(&mut consumer).await?.settle(settlement);
        // The settlement is started here, and finished after all deliveries.
        match poll!(&mut settling) {
            Poll::Ready(settled) => settled?,
            Poll::Pending => slow.push(settling),
        }
    }
    let _last = context.next(&mut consumer).await?;
    for settling in slow {
        context.finish("a settlement", settling).await??;
    }
    Ok(())
}
