//! The end of a connection.

use tokio::time::Instant;

use super::context::{Context, Failure, broken, ensure, ensure_error, message, publish, shared};
use crate::error::ErrorKind;
use crate::transport::Settlement;

super::promises! {
    a_closed_transport_refuses_everything:
        "Transport::publish, request, consume: Closed after Transport::close",
    closing_twice_is_harmless:
        "Transport::close: a second call does nothing",
    closing_ends_the_consumers:
        "Consumer::next: None after the transport was closed",
    closing_gives_back_what_is_out:
        "Transport::close: messages out for handling go back to the broker",
    closing_fails_waiting_calls:
        "Transport::close: waiting requests fail with Closed",
    closing_leaves_other_connections_alone:
        "Transport::close: ends the connection",
}

async fn a_closed_transport_refuses_everything(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    let (to, source) = service.commands();
    let (calls, served) = service.calls();
    let _provider = context.bus.consume(&served, shared(1)).await?;
    let bus = context.connect().await?;
    publish(&bus, &to, [1]).await?;
    context.within("close", bus.close()).await??;
    let published = context.within("publish", bus.publish(&to, message(2))).await?;
    ensure_error("publish", published, ErrorKind::Closed)?;
    let requested = context.within("request", bus.request(&calls, message(3), context.soon())).await?;
    ensure_error("request", requested, ErrorKind::Closed)?;
    let consumed = context.within("consume", bus.consume(&source, shared(1))).await?;
    ensure_error("consume", consumed, ErrorKind::Closed)
}

async fn closing_twice_is_harmless(context: &Context<'_>) -> Result<(), Failure> {
    let bus = context.connect().await?;
    context.within("the first close", bus.close()).await??;
    context.within("the second close", bus.close()).await??;
    Ok(())
}

async fn closing_ends_the_consumers(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let bus = context.connect().await?;
    let mut consumer = bus.consume(&source, shared(1)).await?;
    let closing = async {
        // By then the consumer waits.
        tokio::task::yield_now().await;
        bus.close().await
    };
    let (next, closed) =
        context.within("the consumer", async { tokio::join!(consumer.next(), closing) }).await?;
    closed?;
    ensure(next.is_none(), || format!("the consumer of a closed transport yielded {next:?}"))?;
    publish(&context.bus, &to, [1]).await?;
    match context.within("the consumer", consumer.next()).await? {
        None => Ok(()),
        next => broken(format!("the consumer of a closed transport yielded {next:?}")),
    }
}

async fn closing_gives_back_what_is_out(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let bus = context.connect().await?;
    let mut consumer = bus.consume(&source, shared(1)).await?;
    publish(&context.bus, &to, [1]).await?;
    let held = context.next(&mut consumer).await?;
    context.within("close", bus.close()).await??;
    let settled = context.within("settling", held.settle(Settlement::Acknowledge)).await?;
    ensure(settled.is_err(), || "a message was acknowledged over a closed connection".to_owned())?;
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    context.take_exactly(&mut consumer, [1]).await
}

async fn closing_fails_waiting_calls(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    let bus = context.connect().await?;
    let closing = async {
        let held = context.next(&mut provider).await?;
        bus.close().await?;
        Ok::<_, Failure>(held)
    };
    let deadline = Instant::now() + context.harness.patience() * 2;
    let calling = context.within("the call", bus.request(&to, message(1), deadline));
    let (ended, held) = tokio::join!(calling, closing);
    held?;
    ensure_error("the call", ended?, ErrorKind::Closed)
}

async fn closing_leaves_other_connections_alone(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    let other = context.connect().await?;
    publish(&other, &to, [1]).await?;
    context.within("close", other.close()).await??;
    publish(&context.bus, &to, [2]).await?;
    context.take_exactly(&mut consumer, [1, 2]).await
}
