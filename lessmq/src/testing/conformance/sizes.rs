//! Payloads up to the limit, and over it.

use std::sync::Arc;

use super::context::{Context, Failure, broken, ensure_error, ensure_same, publish, shared};
use crate::envelope::{Envelope, Reply};
use crate::error::ErrorKind;

super::promises! {
    a_payload_of_the_largest_size_arrives:
        "Capabilities::max_payload: the largest payload, in bytes",
    a_larger_payload_is_refused:
        "Transport::publish: TooLarge",
    a_larger_call_is_refused:
        "Transport::request: TooLarge",
    a_larger_reply_is_refused:
        "Responder::reply: TooLarge",
}

fn sized(length: usize) -> Arc<Envelope> {
    Arc::new(Envelope::new("conformance", "conformance.case", vec![b'0'; length]))
}

async fn a_payload_of_the_largest_size_arrives(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    let sent = sized(context.bus.capabilities().max_payload);
    context.bus.publish(&to, sent.clone()).await?;
    ensure_same(&context.next(&mut consumer).await?.envelope, &sent)
}

async fn a_larger_payload_is_refused(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, shared(1)).await?;
    let refused = context.bus.publish(&to, sized(context.bus.capabilities().max_payload + 1)).await;
    ensure_error("publishing it", refused, ErrorKind::TooLarge)?;
    publish(&context.bus, &to, [1]).await?;
    context.take_exactly(&mut consumer, [1]).await
}

async fn a_larger_call_is_refused(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let _provider = context.bus.consume(&source, shared(1)).await?;
    let message = sized(context.bus.capabilities().max_payload + 1);
    let refused = context.within("the call", context.bus.request(&to, message, context.soon())).await?;
    ensure_error("calling with it", refused, ErrorKind::TooLarge)
}

async fn a_larger_reply_is_refused(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    let reply = Reply::new(vec![b'0'; context.bus.capabilities().max_payload + 1]);
    let replying = async {
        let delivery = context.next(&mut provider).await?;
        let Some(responder) = delivery.responder else {
            return broken("a call came without a way to reply");
        };
        ensure_error("replying with it", responder.reply(reply).await, ErrorKind::TooLarge)
    };
    tokio::select! {
        checked = replying => checked,
        reply = context.bus.request(&to, sized(1), context.soon()) => {
            broken(format!("the call ended before its reply was refused: {reply:?}"))
        }
    }
}
