//! What becomes of a delivered message.

use tokio::time::Instant;

use super::context::{BRIEFLY, Context, Failure, ensure, ensure_eq, ensure_same, publish, shared};
use super::envelopes::full;
use crate::transport::Settlement;

super::promises! {
    an_acknowledged_message_is_forgotten:
        "Settlement::Acknowledge: the broker forgets it",
    a_retried_message_is_delivered_again:
        "Settlement::Retry: deliver it again to the same source",
    a_retried_message_is_still_whole:
        "Settlement::Retry: deliver it again",
    a_retried_message_comes_no_earlier_than_asked:
        "Settlement::Retry: not before `after` has passed",
    a_retried_message_counts_its_attempts:
        "Settlement::Retry: with the attempt counted",
    a_message_is_not_retried_in_a_hot_loop:
        "Settlement::Retry: rounds the delay never down to nothing",
    a_retry_does_not_hold_up_other_messages:
        "Settlement::Retry: the message waits, not its source",
    a_retried_event_returns_to_its_group_alone:
        "Settlement::Retry: to the same source",
    a_released_message_is_delivered_without_counting_an_attempt:
        "Settlement::Release: give it back untouched, without counting an attempt",
    an_unsettled_message_is_delivered_again:
        "Delivery: one that is dropped unsettled is delivered again; deliveries that ended in a crash count",
}

const RETRY: Settlement = Settlement::Retry { after: BRIEFLY };

async fn an_acknowledged_message_is_forgotten(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    context.take(&mut consumer).await?;
    drop(consumer);
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [2]).await?;
    context.take_exactly(&mut consumer, [2]).await
}

async fn a_retried_message_is_delivered_again(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    context.next(&mut consumer).await?.settle(RETRY).await?;
    context.take_exactly(&mut consumer, [1]).await
}

async fn a_retried_message_is_still_whole(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    let sent = full();
    context.bus.publish(&to, sent.clone().into()).await?;
    context.next(&mut consumer).await?.settle(RETRY).await?;
    ensure_same(&context.next(&mut consumer).await?.envelope, &sent)
}

async fn a_retried_message_comes_no_earlier_than_asked(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    let started = Instant::now();
    delivery.settle(Settlement::Retry { after: BRIEFLY * 2 }).await?;
    context.take(&mut consumer).await?;
    let waited = started.elapsed();
    ensure(waited >= BRIEFLY * 2, || format!("it came again after {waited:?}, not after {:?}", BRIEFLY * 2))
}

async fn a_retried_message_counts_its_attempts(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    for expected in 1..=3 {
        let delivery = context.next(&mut consumer).await?;
        ensure_eq("the attempt", &delivery.attempt, &expected)?;
        delivery.settle(RETRY).await?;
    }
    Ok(())
}

async fn a_message_is_not_retried_in_a_hot_loop(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let started = Instant::now();
    for retries in 0..4 {
        let delivery = context.next(&mut consumer).await?;
        let waited = started.elapsed();
        ensure(waited >= BRIEFLY / 2 * retries, || {
            format!("{retries} retries of {:?} each took {waited:?} together", BRIEFLY / 2)
        })?;
        delivery.settle(Settlement::Retry { after: BRIEFLY / 2 }).await?;
    }
    Ok(())
}

async fn a_retry_does_not_hold_up_other_messages(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let settlement = Settlement::Retry { after: context.harness.patience() * 2 };
    context.next(&mut consumer).await?.settle(settlement).await?;
    publish(&context.bus, &to, 2..5).await?;
    context.take_exactly(&mut consumer, 2..5).await
}

async fn a_retried_event_returns_to_its_group_alone(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let mut failing = context.bus.consume(&service.events(&["made"], "failing"), shared(1)).await?;
    let mut other = context.bus.consume(&service.events(&["made"], "other"), shared(1)).await?;
    publish(&context.bus, &service.event("made"), [1]).await?;
    context.next(&mut failing).await?.settle(RETRY).await?;
    context.take_exactly(&mut failing, [1]).await?;
    context.take_exactly(&mut other, [1]).await
}

async fn a_released_message_is_delivered_without_counting_an_attempt(
    context: &Context<'_>,
) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    for _ in 0..3 {
        let delivery = context.next(&mut consumer).await?;
        ensure_eq("the attempt", &delivery.attempt, &1)?;
        delivery.settle(Settlement::Release).await?;
    }
    context.take_exactly(&mut consumer, [1]).await
}

async fn an_unsettled_message_is_delivered_again(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    drop(context.next(&mut consumer).await?);
    let again = context.next(&mut consumer).await?;
    ensure_eq("the attempt after one that was not settled", &again.attempt, &2)?;
    again.settle(Settlement::Acknowledge).await?;
    context.nothing_follows(&mut consumer).await
}
