//! Dead letters: messages that were given up, kept whole.

use super::context::{Context, Failure, ensure_eq, ensure_same, publish, shared};
use super::envelopes::full;
use crate::transport::{DeadLetter, DeadLetterReason, Settlement};

super::promises! {
    a_dead_letter_is_kept_whole:
        "Settlement::DeadLetter: move it to the source's dead letters, whole",
    a_dead_letter_says_why:
        "Settlement::DeadLetter: with this reason",
    a_dead_letter_has_left_its_source:
        "Settlement::DeadLetter: the message is removed here",
    an_acknowledged_dead_letter_is_forgotten:
        "Source::DeadLetters: the dead letters of another source",
    a_released_dead_letter_stays:
        "Settlement::Release: give it back untouched",
    every_group_has_its_own_dead_letters:
        "Settlement::DeadLetter: the source's dead letters",
}

/// A reason, told in more than ASCII.
fn dead(reason: DeadLetterReason, attempts: u32) -> DeadLetter {
    DeadLetter { reason, detail: "the ledger – “naïve” 帳簿 – said: no".to_owned(), attempts }
}

async fn a_dead_letter_is_kept_whole(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    let sent = full();
    context.bus.publish(&to, sent.clone().into()).await?;
    let delivery = context.next(&mut consumer).await?;
    delivery.settle(Settlement::DeadLetter(dead(DeadLetterReason::Terminal, 1))).await?;
    let letter = context.next(&mut context.dead_letters(&source).await?).await?;
    ensure_same(&letter.envelope, &sent)
}

async fn a_dead_letter_says_why(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
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
        let expected = dead(reason, attempts);
        context.next(&mut consumer).await?.settle(Settlement::DeadLetter(expected.clone())).await?;
        let letter = context.next(&mut letters).await?;
        ensure_eq("why the message is dead", &letter.dead_letter, &Some(expected))?;
        letter.settle(Settlement::Acknowledge).await?;
    }
    Ok(())
}

async fn a_dead_letter_has_left_its_source(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1, 2]).await?;
    let delivery = context.next(&mut consumer).await?;
    delivery.settle(Settlement::DeadLetter(dead(DeadLetterReason::Terminal, 1))).await?;
    context.take_exactly(&mut consumer, [2]).await
}

async fn an_acknowledged_dead_letter_is_forgotten(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    delivery.settle(Settlement::DeadLetter(dead(DeadLetterReason::Terminal, 1))).await?;
    let mut letters = context.dead_letters(&source).await?;
    context.take(&mut letters).await?;
    drop(letters);
    let mut letters = context.dead_letters(&source).await?;
    context.nothing_follows(&mut letters).await?;
    context.nothing_follows(&mut consumer).await
}

async fn a_released_dead_letter_stays(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    let expected = dead(DeadLetterReason::AttemptsExhausted, 5);
    delivery.settle(Settlement::DeadLetter(expected.clone())).await?;
    let mut letters = context.dead_letters(&source).await?;
    context.next(&mut letters).await?.settle(Settlement::Release).await?;
    drop(letters);
    let letter = context.next(&mut context.dead_letters(&source).await?).await?;
    ensure_eq("why the message is dead, once released", &letter.dead_letter, &Some(expected))
}

async fn every_group_has_its_own_dead_letters(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let (failing, other) = (service.events(&["made"], "failing"), service.events(&["made"], "other"));
    let mut consumer = context.bus.consume(&failing, shared(1)).await?;
    let mut others = context.bus.consume(&other, shared(1)).await?;
    publish(&context.bus, &service.event("made"), [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    delivery.settle(Settlement::DeadLetter(dead(DeadLetterReason::Terminal, 1))).await?;
    context.take_exactly(&mut others, [1]).await?;
    context.take_exactly(&mut context.dead_letters(&failing).await?, [1]).await?;
    context.nothing_follows(&mut context.dead_letters(&other).await?).await
}
