//! The deadlines of calls: what happens to a call and to a reply that are too late.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::check::{Check, ensure, ensure_error};
use super::super::context::{Context, SHORT_DELAY};
use super::super::message::{message, prefetch, reply};
use super::super::provider::{answer, call, responder, serve};
use crate::error::ErrorKind;
use crate::transport::{Queue, Settlement};

pub(crate) async fn an_unanswered_call_ends_at_its_deadline(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let started = Instant::now();
    let ended = {
        let calling = context.bus.call(&to, message(1), started + SHORT_DELAY).only();
        let (ended, _unanswered) =
            tokio::join!(context.finish("the call", calling), context.next(&mut provider));
        ended?
    };
    let waited = started.elapsed();
    ensure_error("the call", ended, ErrorKind::DeadlineExceeded)?;
    let latest = SHORT_DELAY + Duration::from_secs(2);
    ensure((SHORT_DELAY..latest).contains(&waited), || {
        format!("the deadline was {SHORT_DELAY:?} after the start, and the call ended after {waited:?}")
    })
}

pub(crate) async fn a_call_whose_deadline_has_passed_fails(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let call = context.bus.call(&to, message(1), Instant::now()).only();
    let ended = context.finish("the call", call).await?;
    ensure_error("a call whose deadline has passed", ended, ErrorKind::DeadlineExceeded)?;
    context.expect_nothing(&mut provider).await
}

/// Sends a call that no one answers before its deadline.
async fn expire(context: &Context<'_>, to: &Queue) -> Check {
    let calling = context.bus.call(to, message(1), Instant::now() + SHORT_DELAY).only();
    ensure_error("the call", context.finish("the call", calling).await?, ErrorKind::DeadlineExceeded)?;
    // A broker counts the time from when it received the call, which may be a moment after it was sent.
    sleep(SHORT_DELAY).await;
    Ok(())
}

pub(crate) async fn an_expired_call_is_not_delivered(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let serving = async {
        let first = context.next(&mut provider).await?;
        expire(context, &to).await?;
        answer(first).await?;
        serve(context, &mut provider, 1).await
    };
    let calling = async {
        call(context, context.bus.as_ref(), &to, 2).await?;
        call(context, context.bus.as_ref(), &to, 3).await
    };
    tokio::try_join!(serving, calling)?;
    context.expect_nothing(&mut provider).await
}

pub(crate) async fn a_call_that_expired_without_a_provider_is_not_delivered(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    drop(context.bus.consume(&source, prefetch(1)).await?);
    expire(context, &to).await?;
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    context.expect_nothing(&mut provider).await
}

pub(crate) async fn a_late_reply_is_dropped(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(2)).await?;
    let (expired, delivery) = tokio::join!(expire(context, &to), context.next(&mut provider));
    expired?;
    answer(delivery?).await?;
    for number in 2..4 {
        tokio::try_join!(serve(context, &mut provider, 1), call(context, context.bus.as_ref(), &to, number))?;
    }
    Ok(())
}

pub(crate) async fn a_second_reply_is_dropped(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    for number in 1..4 {
        let replying = async {
            let mut delivery = context.next(&mut provider).await?;
            let responder = responder(&mut delivery)?;
            Arc::clone(&responder).send(reply(number)).await?;
            responder.send(reply(100 + number)).await?;
            Ok(delivery.settle(Settlement::Acknowledge).await?)
        };
        tokio::try_join!(replying, call(context, context.bus.as_ref(), &to, number))?;
    }
    Ok(())
}
