//! From a queue to deliveries.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;

use super::connection::Connection;
use super::message::Message;
use super::settle::{Origin, Out, Token};
use crate::error::Result;
use crate::transport::{Acknowledger, Delivery, Responder};

/// The stream of one consumer.
pub(super) struct Deliveries {
    pub(super) connection: Arc<Connection>,
    pub(super) number: u64,
    pub(super) id: u64,
    pub(super) origin: Arc<Origin>,
}

impl Deliveries {
    fn delivery(&self, mut message: Box<Message>) -> Delivery {
        let responder = message.call.clone().map(|call| call as Arc<dyn Responder>);
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

    fn token(&self, mut message: Box<Message>) -> Box<dyn Acknowledger> {
        if message.call.is_some() {
            message.out = Some(Out(Arc::clone(&self.origin)));
            message
        } else {
            Box::new(Token::new(Arc::clone(&self.origin.queue), self.id, message.sequence))
        }
    }
}

impl Stream for Deliveries {
    type Item = Result<Delivery>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let taken = self.origin.queue.poll_take(self.id, cx);
        taken.map(|message| message.map(|message| Ok(self.delivery(message))))
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.connection.dismiss(self.number);
    }
}
