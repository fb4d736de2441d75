//! Dead letters: failed messages, which are kept complete.

use super::super::check::{Check, ensure_eq, ensure_same_message};
use super::super::context::Context;
use super::super::message::{full_message, give_up, prefetch, publish};
use crate::transport::{DeadLetter, DeadLetterReason, Outgoing, Settlement};

/// A dead letter whose detail is not only ASCII.
fn dead_letter(reason: DeadLetterReason, attempts: u32) -> DeadLetter {
    DeadLetter { reason, detail: "the ledger – “naïve” 帳簿 – said: no".to_owned(), attempts }
}

pub(crate) async fn a_dead_letter_is_kept_complete(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let sent = full_message();
    context.bus.publish_one(Outgoing::new(to, sent.clone())).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    let letter = context.next(&mut context.dead_letters(&source).await?).await?;
    ensure_same_message(&letter.envelope, &sent)
}

pub(crate) async fn a_dead_letter_keeps_its_reason(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let mut letters = context.dead_letters(&source).await?;
    for (attempts, reason) in (3..).zip([
        DeadLetterReason::Terminal,
        DeadLetterReason::AttemptsExhausted,
        DeadLetterReason::UnknownMethod,
        DeadLetterReason::Undecodable,
        DeadLetterReason::ContentType,
        DeadLetterReason::TooLarge,
    ]) {
        publish(&context.bus, &to, [1]).await?;
        let expected = dead_letter(reason, attempts);
        context.next(&mut consumer).await?.settle(Settlement::DeadLetter(expected.clone())).await?;
        let letter = context.next(&mut letters).await?;
        ensure_eq("why the message is dead", &letter.dead_letter, &Some(expected))?;
        letter.settle(Settlement::Acknowledge).await?;
    }
    Ok(())
}

pub(crate) async fn a_dead_letter_is_removed_from_its_source(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1, 2]).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    context.expect_exactly(&mut consumer, [2]).await
}

pub(crate) async fn an_acknowledged_dead_letter_is_forgotten(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    let mut letters = context.dead_letters(&source).await?;
    context.acknowledge_next(&mut letters).await?;
    drop(letters);
    let mut letters = context.dead_letters(&source).await?;
    context.expect_nothing(&mut letters).await?;
    context.expect_nothing(&mut consumer).await
}

pub(crate) async fn a_released_dead_letter_stays(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    let expected = dead_letter(DeadLetterReason::AttemptsExhausted, 5);
    delivery.settle(Settlement::DeadLetter(expected.clone())).await?;
    let mut letters = context.dead_letters(&source).await?;
    context.next(&mut letters).await?.settle(Settlement::Release).await?;
    drop(letters);
    let letter = context.next(&mut context.dead_letters(&source).await?).await?;
    ensure_eq("why the message is dead, after a release", &letter.dead_letter, &Some(expected))
}

pub(crate) async fn every_group_has_separate_dead_letters(context: &Context<'_>) -> Check {
    let service = context.service();
    let failing = service.subscription(&["made"], "failing");
    let other = service.subscription(&["made"], "other");
    let mut consumer = context.bus.consume(&failing, prefetch(1)).await?;
    let mut others = context.bus.consume(&other, prefetch(1)).await?;
    publish(&context.bus, &service.event("made"), [1]).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    context.expect_exactly(&mut others, [1]).await?;
    context.expect_exactly(&mut context.dead_letters(&failing).await?, [1]).await?;
    context.expect_nothing(&mut context.dead_letters(&other).await?).await
}
