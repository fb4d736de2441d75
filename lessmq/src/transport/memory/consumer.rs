//! From a queue to deliveries.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;

use super::call::ReplyTo;
use super::connection::Connection;
use super::member::Calls;
use super::message::Message;
use super::queue::Queue;
use super::settle::{CallToken, Token};
use crate::error::Result;
use crate::transport::{Acknowledger, Delivery, Responder};

/// The stream of one consumer.
pub(super) struct Deliveries {
    pub(super) connection: Arc<Connection>,
    pub(super) number: u64,
    pub(super) queue: Arc<Queue>,
    pub(super) id: u64,
    pub(super) calls: Arc<Calls>,
}

impl Deliveries {
    fn delivery(&self, mut message: Box<Message>) -> Delivery {
        let responder =
            message.call.as_ref().map(|call| Box::new(ReplyTo(Arc::clone(call))) as Box<dyn Responder>);
        Delivery {
            envelope: Arc::clone(&message.envelope),
            attempt: message.attempt,
            published_at: message.published_at,
            received_at: message.received_at(),
            dead_letter: message.dead_letter.take(),
            responder,
            acknowledger: self.token(message),
        }
    }

    fn token(&self, message: Box<Message>) -> Box<dyn Acknowledger> {
        let queue = Arc::clone(&self.queue);
        if message.call.is_some() {
            Box::new(CallToken::new(queue, Arc::clone(&self.calls), message))
        } else {
            Box::new(Token::new(queue, self.id, message.sequence))
        }
    }
}

impl Stream for Deliveries {
    type Item = Result<Delivery>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let taken = self.queue.poll_take(self.id, cx);
        taken.map(|message| message.map(|message| Ok(self.delivery(message))))
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.connection.dismiss(self.number);
    }
}
