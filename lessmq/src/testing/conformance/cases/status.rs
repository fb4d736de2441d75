//! Counting the messages of a source.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use super::super::check::{Check, ensure, ensure_error, fail};
use super::super::context::Context;
use super::super::message::{give_up, message, prefetch, publish};
use crate::error::ErrorKind;
use crate::transport::{Settlement, Source};

/// How often a status is polled. It may be slightly out of date.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Checks that the driver refuses to count, if it says that it cannot. Returns whether it can.
async fn can_count(context: &Context<'_>, source: &Source) -> Check<bool> {
    if context.bus.capabilities().status {
        return Ok(true);
    }
    let status = context.finish("the status", context.bus.status(source)).await?;
    ensure_error("the status", status, ErrorKind::Unsupported)?;
    Ok(false)
}

/// Waits until the counts are these. Ignores counts that the broker does not report.
async fn expect_counts(context: &Context<'_>, source: &Source, counts: [u64; 3]) -> Check {
    let until = context.deadline();
    loop {
        let status = context.finish("the status", context.bus.status(source)).await??;
        let reported = [status.waiting, status.in_flight, status.dead];
        ensure(reported.iter().any(Option::is_some), || "the status reports no number".to_owned())?;
        let agree = reported.iter().zip(counts).all(|(reported, count)| reported.is_none_or(|n| n == count));
        if agree {
            return Ok(());
        }
        if Instant::now() >= until {
            let [waiting, in_flight, dead] = counts;
            return fail(format!(
                "expected {waiting} waiting, {in_flight} in flight and {dead} dead, got {status:?}"
            ));
        }
        sleep(POLL_INTERVAL).await;
    }
}

pub(crate) async fn status_counts_the_messages_or_is_refused(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    publish(&context.bus, &to, 0..6).await?;
    if !can_count(context, &source).await? {
        return Ok(());
    }
    expect_counts(context, &source, [6, 0, 0]).await?;
    let mut consumer = context.bus.consume(&source, prefetch(2)).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    let unsettled = [context.next(&mut consumer).await?, context.next(&mut consumer).await?];
    expect_counts(context, &source, [3, 2, 1]).await?;
    for delivery in unsettled {
        delivery.settle(Settlement::Acknowledge).await?;
    }
    context.acknowledge_many(&mut consumer, 3).await?;
    expect_counts(context, &source, [0, 0, 1]).await?;
    expect_counts(context, &Source::DeadLetters(Box::new(source)), [1, 0, 0]).await
}

pub(crate) async fn a_message_that_waits_for_a_retry_is_in_flight(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    if !can_count(context, &source).await? {
        return Ok(());
    }
    publish(&context.bus, &to, [1]).await?;
    let late = Settlement::Retry { after: context.harness.timeout() * 4 };
    context.next(&mut consumer).await?.settle(late).await?;
    expect_counts(context, &source, [0, 1, 0]).await
}

pub(crate) async fn status_reports_how_long_the_oldest_message_has_waited(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let published = SystemTime::now();
    publish(&context.bus, &to, 0..3).await?;
    if !can_count(context, &source).await? {
        return Ok(());
    }
    let status = context.finish("the status", context.bus.status(&source)).await??;
    // The clock of the broker may differ from the clock of this process.
    let most = published.elapsed().unwrap_or_default() + context.harness.timeout();
    ensure(status.oldest.is_none_or(|oldest| oldest <= most), || {
        format!("no message has waited longer than {most:?}, and the oldest one has {:?}", status.oldest)
    })
}

pub(crate) async fn status_of_a_missing_source_fails_and_creates_nothing(context: &Context<'_>) -> Check {
    let service = context.service();
    let (to, calls) = service.calls();
    let sources = [calls, service.commands().1, service.subscription(&["made"], "mailer")];
    for source in &sources {
        if !can_count(context, source).await? {
            return Ok(());
        }
        for _ in 0..2 {
            let status = context.finish("the status", context.bus.status(source)).await?;
            ensure_error("the status", status, ErrorKind::Topology)?;
        }
    }
    let call = context.bus.call(&to, message(1), context.deadline()).only();
    let ended = context.finish("a call after its queue was counted", call).await?;
    ensure_error("a call after its queue was counted", ended, ErrorKind::Unavailable)
}
