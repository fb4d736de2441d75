//! Purging and deleting sources.

use super::super::check::{Check, ensure, ensure_error};
use super::super::context::Context;
use super::super::message::{give_up, outgoing, prefetch, publish};
use crate::error::ErrorKind;
use crate::transport::{Settlement, Source};

/// Purges a source that has `waiting` messages. Returns whether the driver can purge; if not, it must refuse.
async fn purge(context: &Context<'_>, source: &Source, waiting: u64) -> Check<bool> {
    let purged = context.finish("the purge", context.bus.purge(source)).await?;
    if !context.bus.capabilities().purge {
        ensure_error("the purge", purged, ErrorKind::Unsupported)?;
        return Ok(false);
    }
    let dropped = purged?;
    ensure(dropped.is_none_or(|dropped| dropped == waiting), || {
        format!("{waiting} messages waited, and the purge reported {dropped:?}")
    })?;
    Ok(true)
}

pub(crate) async fn a_purge_drops_the_waiting_messages_or_is_refused(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, 0..5).await?;
    let purged = purge(context, &source, 5).await?;
    publish(&context.bus, &to, [5]).await?;
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    context.expect_exactly(&mut consumer, if purged { 5..6 } else { 0..6 }).await
}

pub(crate) async fn a_purge_keeps_unsettled_messages_and_dead_letters(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    publish(&context.bus, &to, [2]).await?;
    let unsettled = context.next(&mut consumer).await?;
    publish(&context.bus, &to, 3..6).await?;
    if !purge(context, &source, 3).await? {
        return Ok(());
    }
    unsettled.settle(Settlement::Release).await?;
    context.expect_exactly(&mut consumer, [2]).await?;
    context.expect_exactly(&mut context.dead_letters(&source).await?, [1]).await
}

pub(crate) async fn dead_letters_are_purged_separately(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    drop(consumer);
    publish(&context.bus, &to, [2]).await?;
    if !purge(context, &Source::DeadLetters(Box::new(source.clone())), 1).await? {
        return Ok(());
    }
    context.expect_nothing(&mut context.dead_letters(&source).await?).await?;
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    context.expect_exactly(&mut consumer, [2]).await
}

pub(crate) async fn a_purge_of_a_missing_source_fails(context: &Context<'_>) -> Check {
    let (_, source) = context.service().commands();
    let purged = context.finish("the purge", context.bus.purge(&source)).await?;
    let capable = context.bus.capabilities().purge;
    ensure_error("the purge", purged, if capable { ErrorKind::Topology } else { ErrorKind::Unsupported })
}

pub(crate) async fn a_deleted_source_is_gone_with_its_messages(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, 0..3).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    drop(consumer);
    context.finish("the deletion", context.bus.delete(&source)).await??;
    if context.bus.capabilities().status {
        let status = context.finish("the status", context.bus.status(&source)).await?;
        ensure_error("the status of a deleted source", status, ErrorKind::Topology)?;
    }
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    context.expect_nothing(&mut consumer).await?;
    context.expect_nothing(&mut context.dead_letters(&source).await?).await
}

pub(crate) async fn a_deleted_source_can_be_used_again(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let other = context.connect().await?;
    drop(other.consume(&source, prefetch(1)).await?);
    publish(&other, &to, [1]).await?;
    context.finish("the deletion", context.bus.delete(&source)).await??;
    // The other connection may get an error because the queue was deleted. A message that it reports as stored must be
    // stored.
    let published = context.finish("publishing", other.publish_one(outgoing(&to, 2))).await?;
    publish(&context.bus, &to, [3]).await?;
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    context.expect_exactly(&mut consumer, if published.is_ok() { 2..4 } else { 3..4 }).await
}

pub(crate) async fn a_deleted_subscription_gets_no_more_events(context: &Context<'_>) -> Check {
    let service = context.service();
    let (deleted, other) =
        (service.subscription(&["made"], "deleted"), service.subscription(&["made"], "other"));
    drop(context.bus.consume(&deleted, prefetch(1)).await?);
    let mut others = context.bus.consume(&other, prefetch(10)).await?;
    publish(&context.bus, &service.event("made"), [1]).await?;
    context.finish("the deletion", context.bus.delete(&deleted)).await??;
    publish(&context.bus, &service.event("made"), [2]).await?;
    let mut consumer = context.bus.consume(&deleted, prefetch(10)).await?;
    publish(&context.bus, &service.event("made"), [3]).await?;
    context.expect_exactly(&mut consumer, [3]).await?;
    context.expect_exactly(&mut others, 1..4).await
}

pub(crate) async fn deleting_a_missing_source_succeeds(context: &Context<'_>) -> Check {
    let service = context.service();
    for source in [service.commands().1, service.subscription(&["made"], "mailer")] {
        context.finish("the deletion", context.bus.delete(&source)).await??;
    }
    Ok(())
}
