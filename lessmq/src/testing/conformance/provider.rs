//! Both sides of a call: callers, and the provider that answers.

use std::sync::Arc;

use super::check::{Check, ensure_eq, fail};
use super::context::Context;
use super::message::{message, number, reply};
use crate::transport::{Consumer, Delivery, Queue, Responder, Settlement, Transport};

/// Takes the responder of a call.
pub(super) fn responder(delivery: &mut Delivery) -> Check<Arc<dyn Responder>> {
    delivery.responder.take().map_or_else(|| fail("a call was delivered without a responder"), Ok)
}

/// Answers a call with its own number, and settles it.
pub(super) async fn answer(mut delivery: Delivery) -> Check {
    let reply = reply(number(&delivery.envelope.data)?);
    responder(&mut delivery)?.send(reply).await?;
    Ok(delivery.settle(Settlement::Acknowledge).await?)
}

/// Answers `count` calls.
pub(super) async fn serve(context: &Context<'_>, provider: &mut Consumer, count: usize) -> Check {
    for _ in 0..count {
        answer(context.next(provider).await?).await?;
    }
    Ok(())
}

/// Sends a call, and checks that the reply has its number.
pub(super) async fn call(context: &Context<'_>, bus: &dyn Transport, to: &Queue, call: u64) -> Check {
    let reply = bus.call(to, message(call), context.deadline()).only();
    let reply = context.finish("a call", reply).await??;
    ensure_eq("the answer", &number(&reply.data)?, &call)
}
