//! Consumes a queue: makes deliveries of its messages.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;

use super::connection::Connection;
use super::message::{CallOrigin, CallToken, Message};
use super::queue::MemberId;
use super::settle::{Origin, StoredToken};
use crate::error::Result;
use crate::transport::{Acknowledger, ConsumeOptions, Consumer, Delivery, Responder, Source};

/// Starts to consume a source.
pub(super) fn consume(
    connection: &Arc<Connection>,
    source: &Source,
    options: ConsumeOptions,
) -> Result<Consumer> {
    let mut joined = None;
    let number = connection.register(|| {
        let queue = connection.bus().attach(source);
        let (member, calls) = queue.join(options);
        let origin = Origin {
            bus: Arc::clone(connection.bus()),
            source: source.clone(),
            queue: Arc::clone(&queue),
            calls,
        };
        joined = Some((member, Arc::new(origin)));
        (queue, member)
    })?;
    let (member, origin) = joined.expect("a registered consumer has joined its queue");
    let call_origin = Arc::clone(&origin) as Arc<dyn CallOrigin>;
    Ok(Consumer::new(Deliveries { connection: Arc::clone(connection), number, member, origin, call_origin }))
}

/// The stream of one consumer.
struct Deliveries {
    connection: Arc<Connection>,
    number: u64,
    member: MemberId,
    origin: Arc<Origin>,
    /// The same origin, as a trait object for calls.
    call_origin: Arc<dyn CallOrigin>,
}

impl Deliveries {
    fn delivery(&self, mut message: Box<Message>) -> Delivery {
        let responder = message.caller.clone().map(|caller| caller as Arc<dyn Responder>);
        Delivery {
            envelope: Arc::clone(&message.envelope),
            attempt: message.attempt,
            published_at: message.published_at,
            received_at: message.received_at(),
            dead_letter: message.dead_letter.take(),
            responder,
            acknowledger: self.acknowledger(message),
        }
    }

    fn acknowledger(&self, mut message: Box<Message>) -> Box<dyn Acknowledger> {
        if message.caller.is_some() {
            message.token = Some(CallToken::new(Arc::clone(&self.call_origin)));
            message
        } else {
            Box::new(StoredToken::new(Arc::clone(&self.origin), self.member, message.sequence))
        }
    }
}

impl Stream for Deliveries {
    type Item = Result<Delivery>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(message) = ready!(self.origin.queue.poll_take(self.member, context)) {
            // Checked here and not under the queue's lock, because the caller may be on another thread.
            if !message.is_abandoned() {
                return Poll::Ready(Some(Ok(self.delivery(message))));
            }
            self.origin.calls.settle_one();
        }
        Poll::Ready(None)
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.connection.end_consumer(self.number);
    }
}
