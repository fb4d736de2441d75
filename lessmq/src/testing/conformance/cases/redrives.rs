//! Dead letters that are moved back to where they came from.

use super::super::check::{Check, ensure_eq, ensure_error, ensure_same_message};
use super::super::context::Context;
use super::super::message::{full_message, give_up, prefetch, publish};
use crate::error::ErrorKind;
use crate::transport::{DeadLetter, DeadLetterReason, Delivery, Outgoing, Queue, Settlement, Source};

/// Publishes a message with every attribute, has it given up, and redrives it. Returns its next delivery.
async fn redriven(context: &Context<'_>, to: Queue) -> Check<Delivery> {
    let source = Source::from(to.clone());
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    context.bus.publish_one(Outgoing::new(to, full_message())).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    let mut letters = context.dead_letters(&source).await?;
    context.next(&mut letters).await?.settle(Settlement::Redrive).await?;
    context.next(&mut consumer).await
}

pub(crate) async fn a_redriven_message_comes_back_to_its_source_with_attempt_one(
    context: &Context<'_>,
) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    drop(context.next(&mut consumer).await?);
    let again = context.next(&mut consumer).await?;
    ensure_eq("the attempt before", &again.attempt, &2)?;
    again.settle(give_up()).await?;
    let mut letters = context.dead_letters(&source).await?;
    drop(context.next(&mut letters).await?);
    context.next(&mut letters).await?.settle(Settlement::Redrive).await?;
    let redriven = context.next(&mut consumer).await?;
    ensure_eq("the attempt", &redriven.attempt, &1)?;
    ensure_eq("why the message is dead", &redriven.dead_letter, &None)?;
    redriven.settle(Settlement::Acknowledge).await?;
    context.expect_nothing(&mut consumer).await
}

pub(crate) async fn a_redriven_message_is_complete(context: &Context<'_>) -> Check {
    let sent = full_message();
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    context.bus.publish_one(Outgoing::new(to, sent.clone())).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    let mut letters = context.dead_letters(&source).await?;
    context.next(&mut letters).await?.settle(Settlement::Redrive).await?;
    ensure_same_message(&context.next(&mut consumer).await?.envelope, &sent)
}

pub(crate) async fn a_redriven_message_can_be_given_up_again(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let redriven = redriven(context, to).await?;
    let reason = DeadLetterReason::AttemptsExhausted;
    let expected = DeadLetter { reason, detail: "again".to_owned(), attempts: 7 };
    redriven.settle(Settlement::DeadLetter(expected.clone())).await?;
    let letter = context.next(&mut context.dead_letters(&source).await?).await?;
    ensure_eq("why the message is dead", &letter.dead_letter, &Some(expected))
}

pub(crate) async fn a_redrive_removes_the_dead_letter(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    redriven(context, to).await?.settle(Settlement::Acknowledge).await?;
    context.expect_nothing(&mut context.dead_letters(&source).await?).await
}

pub(crate) async fn a_redriven_event_goes_to_its_group_only(context: &Context<'_>) -> Check {
    let service = context.service();
    let failing = service.subscription(&["made"], "failing");
    let other = service.subscription(&["made"], "other");
    let mut consumer = context.bus.consume(&failing, prefetch(1)).await?;
    let mut others = context.bus.consume(&other, prefetch(1)).await?;
    publish(&context.bus, &service.event("made"), [1]).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    context.expect_exactly(&mut others, [1]).await?;
    let mut letters = context.dead_letters(&failing).await?;
    context.next(&mut letters).await?.settle(Settlement::Redrive).await?;
    context.expect_exactly(&mut consumer, [1]).await?;
    context.expect_nothing(&mut others).await
}

pub(crate) async fn a_redriven_message_comes_back_to_an_ordered_source(context: &Context<'_>) -> Check {
    if !context.bus.capabilities().ordering {
        return Ok(());
    }
    let (to, _) = context.service().ordered_commands();
    ensure_eq("the attempt", &redriven(context, to).await?.attempt, &1)
}

pub(crate) async fn a_redriven_message_comes_back_to_an_external_queue(context: &Context<'_>) -> Check {
    if !context.bus.capabilities().external {
        return Ok(());
    }
    let queue = Queue::External { name: context.external().await?.queue };
    context.delete_at_end(&Source::DeadLetters(Box::new(queue.clone().into())));
    let redriven = redriven(context, queue).await?;
    ensure_eq("the attempt", &redriven.attempt, &1)?;
    ensure_eq("the payload", &redriven.envelope.data, &full_message().data)
}

pub(crate) async fn only_dead_letters_can_be_redriven(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let redrive = context.next(&mut consumer).await?.settle(Settlement::Redrive).await;
    ensure_error("the redrive of a command", redrive, ErrorKind::Unsupported)?;
    context.expect_exactly(&mut consumer, [1]).await
}

pub(crate) async fn the_dead_letters_of_a_broadcast_cannot_be_redriven(context: &Context<'_>) -> Check {
    let service = context.service();
    let source = service.broadcast("made");
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &service.event("made"), [1]).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    let mut letters = context.dead_letters(&source).await?;
    let redrive = context.next(&mut letters).await?.settle(Settlement::Redrive).await;
    ensure_error("the redrive", redrive, ErrorKind::Unsupported)?;
    context.expect_exactly(&mut letters, [1]).await
}
