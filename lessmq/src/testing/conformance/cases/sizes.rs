//! Messages up to the size limits, and over them.

use std::sync::Arc;

use super::super::check::{Check, ensure_error, ensure_same_message, fail};
use super::super::context::Context;
use super::super::message::{message, message_of_length, prefetch, publish};
use crate::envelope::{Envelope, Frame};
use crate::error::ErrorKind;
use crate::transport::Outgoing;

/// A message whose attributes have `length` bytes, in a few extensions.
fn message_with_attributes(length: usize) -> Arc<Envelope> {
    const EXTENSIONS: usize = 4;

    let mut message = message(1);
    let envelope = Arc::make_mut(&mut message);
    let names = ["extension1", "extension2", "extension3", "extension4"];
    for name in names {
        envelope.extensions.insert(name.to_owned(), String::new());
    }
    let rest = length.saturating_sub(envelope.attributes_len());
    for (index, value) in envelope.extensions.values_mut().enumerate() {
        let share = rest / EXTENSIONS + if index == 0 { rest % EXTENSIONS } else { 0 };
        *value = "a".repeat(share);
    }
    message
}

async fn check_arrival(context: &Context<'_>, sent: Arc<Envelope>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    context.bus.publish_one(Outgoing::new(to, sent.clone())).await?;
    ensure_same_message(&context.next(&mut consumer).await?.envelope, &sent)
}

/// Checks that a message is refused, and that the next one is not.
async fn check_refusal(context: &Context<'_>, sent: Arc<Envelope>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let refused = context.bus.publish_one(Outgoing::new(to.clone(), sent)).await;
    ensure_error("publishing it", refused, ErrorKind::TooLarge)?;
    publish(&context.bus, &to, [1]).await?;
    context.expect_exactly(&mut consumer, [1]).await
}

pub(crate) async fn a_message_of_the_largest_size_arrives(context: &Context<'_>) -> Check {
    check_arrival(context, message_of_length(context.bus.capabilities().max_message)).await
}

pub(crate) async fn a_larger_message_is_refused(context: &Context<'_>) -> Check {
    check_refusal(context, message_of_length(context.bus.capabilities().max_message + 1)).await
}

pub(crate) async fn attributes_of_the_largest_size_arrive(context: &Context<'_>) -> Check {
    let capabilities = context.bus.capabilities();
    let payload = message(1).data.len();
    let length = capabilities.max_attributes.min(capabilities.max_message - payload);
    check_arrival(context, message_with_attributes(length)).await
}

pub(crate) async fn larger_attributes_are_refused(context: &Context<'_>) -> Check {
    check_refusal(context, message_with_attributes(context.bus.capabilities().max_attributes + 1)).await
}

pub(crate) async fn a_larger_call_is_refused(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let _provider = context.bus.consume(&source, prefetch(1)).await?;
    let message = message_of_length(context.bus.capabilities().max_message + 1);
    let call = context.bus.call(&to, message, context.deadline()).only();
    ensure_error("the call", context.finish("the call", call).await?, ErrorKind::TooLarge)
}

pub(crate) async fn a_larger_reply_is_refused(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let reply = Frame::bare(vec![b'0'; context.bus.capabilities().max_message + 1]);
    let replying = async {
        let delivery = context.next(&mut provider).await?;
        let Some(responder) = delivery.responder else {
            return fail("a call was delivered without a responder");
        };
        ensure_error("the reply", responder.send(reply).await, ErrorKind::TooLarge)
    };
    tokio::select! {
        checked = replying => checked,
        reply = context.bus.call(&to, message(1), context.deadline()).only() => {
            fail(format!("the call ended before its reply was refused: {reply:?}"))
        }
    }
}
