//! The end of a connection.

use tokio::time::Instant;

use super::super::check::{Check, Failure, ensure, ensure_error, fail};
use super::super::context::Context;
use super::super::message::{message, outgoing, prefetch, publish};
use crate::error::ErrorKind;
use crate::transport::Settlement;

pub(crate) async fn operations_fail_after_close(context: &Context<'_>) -> Check {
    let service = context.service();
    let (to, source) = service.commands();
    let (calls, served) = service.calls();
    let _provider = context.bus.consume(&served, prefetch(1)).await?;
    let bus = context.connect().await?;
    publish(&bus, &to, [1]).await?;
    context.finish("close", bus.close()).await??;
    let published = context.finish("publish", bus.publish_one(outgoing(&to, 2))).await?;
    ensure_error("publish", published, ErrorKind::Closed)?;
    let call = bus.call(&calls, message(3), context.deadline()).only();
    ensure_error("call", context.finish("call", call).await?, ErrorKind::Closed)?;
    let consumed = context.finish("consume", bus.consume(&source, prefetch(1))).await?;
    ensure_error("consume", consumed, ErrorKind::Closed)?;
    let deleted = context.finish("delete", bus.delete(&source)).await?;
    ensure_error("delete", deleted, ErrorKind::Closed)?;
    if bus.capabilities().status {
        let status = context.finish("status", bus.status(&source)).await?;
        ensure_error("status", status, ErrorKind::Closed)?;
    }
    if bus.capabilities().purge {
        let purged = context.finish("purge", bus.purge(&source)).await?;
        ensure_error("purge", purged, ErrorKind::Closed)?;
    }
    Ok(())
}

pub(crate) async fn a_second_close_does_nothing(context: &Context<'_>) -> Check {
    let bus = context.connect().await?;
    context.finish("the first close", bus.close()).await??;
    context.finish("the second close", bus.close()).await??;
    Ok(())
}

pub(crate) async fn closing_ends_the_consumers(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let bus = context.connect().await?;
    let mut consumer = bus.consume(&source, prefetch(1)).await?;
    let closing = async {
        // The consumer is waiting at this point.
        tokio::task::yield_now().await;
        bus.close().await
    };
    let (next, closed) =
        context.finish("the consumer", async { tokio::join!(consumer.next(), closing) }).await?;
    closed?;
    ensure(next.is_none(), || format!("the consumer of a closed transport returned {next:?}"))?;
    publish(&context.bus, &to, [1]).await?;
    match context.finish("the consumer", consumer.next()).await? {
        None => Ok(()),
        next => fail(format!("the consumer of a closed transport returned {next:?}")),
    }
}

pub(crate) async fn closing_returns_unsettled_messages(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let bus = context.connect().await?;
    let mut consumer = bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let delivery = context.next(&mut consumer).await?;
    context.finish("close", bus.close()).await??;
    let settled = context.finish("settling", delivery.settle(Settlement::Acknowledge)).await?;
    ensure(settled.is_err(), || "a message was acknowledged over a closed connection".to_owned())?;
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    context.expect_exactly(&mut consumer, [1]).await
}

pub(crate) async fn closing_fails_the_calls_in_progress(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let bus = context.connect().await?;
    let closing = async {
        let unanswered = context.next(&mut provider).await?;
        bus.close().await?;
        Ok::<_, Failure>(unanswered)
    };
    let deadline = Instant::now() + context.harness.timeout() * 2;
    let calling = context.finish("the call", bus.call(&to, message(1), deadline).only());
    let (ended, unanswered) = tokio::join!(calling, closing);
    unanswered?;
    ensure_error("the call", ended?, ErrorKind::Closed)
}

pub(crate) async fn closing_leaves_other_connections_open(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let other = context.connect().await?;
    publish(&other, &to, [1]).await?;
    context.finish("close", other.close()).await??;
    publish(&context.bus, &to, [2]).await?;
    context.expect_exactly(&mut consumer, [1, 2]).await
}
