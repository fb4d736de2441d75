//! From a queue to deliveries.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::Stream;
use tokio::time::{Instant, sleep};

use super::connection::Connection;
use super::queue::{Message, Queue};
use crate::error::Result;
use crate::transport::{Acknowledger, DeadLetter, Delivery, Responder, Settlement};

/// The stream of one consumer.
pub(super) struct Deliveries {
    connection: Arc<Connection>,
    number: u64,
    queue: Arc<Queue>,
    id: u64,
}

impl Deliveries {
    pub(super) fn new(connection: Arc<Connection>, number: u64, queue: Arc<Queue>, id: u64) -> Self {
        Self { connection, number, queue, id }
    }

    fn delivery(&self, message: Message, received_at: Instant) -> Delivery {
        let token = Token {
            queue: self.queue.clone(),
            consumer: self.id,
            sequence: message.sequence,
            settled: false,
        };
        Delivery {
            envelope: message.envelope,
            attempt: message.attempt,
            published_at: Some(message.published_at),
            received_at,
            dead_letter: message.dead_letter,
            responder: message.call.map(|call| Box::new(call) as Box<dyn Responder>),
            acknowledger: Box::new(token),
        }
    }
}

impl Stream for Deliveries {
    type Item = Result<Delivery>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let taken = self.queue.poll_take(self.id, cx);
        taken.map(|message| message.map(|(message, now)| Ok(self.delivery(message, now))))
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.connection.dismiss(self.number);
    }
}

/// A message that is out.
struct Token {
    queue: Arc<Queue>,
    consumer: u64,
    sequence: u64,
    settled: bool,
}

impl Token {
    fn settle(&self, then: impl FnOnce(Box<Message>) -> Option<Box<Message>>) -> Result<()> {
        self.queue.settle(self.consumer, self.sequence, then)
    }

    fn retry(&self, after: Duration) -> Result<()> {
        let queue = self.queue.clone();
        self.settle(|mut message| {
            message.attempt = message.attempt.saturating_add(1);
            tokio::spawn(async move {
                sleep(after).await;
                queue.put_back(message);
            });
            None
        })
    }

    fn bury(&self, dead_letter: DeadLetter) -> Result<()> {
        let mut message = self.queue.unsettled(self.consumer, self.sequence)?;
        message.attempt = 1;
        message.dead_letter = Some(dead_letter);
        message.call = None;
        self.queue.dead_letters().push(message);
        self.settle(|_| None)
    }
}

#[async_trait]
impl Acknowledger for Token {
    async fn settle(mut self: Box<Self>, settlement: Settlement) -> Result<()> {
        self.settled = true;
        match settlement {
            Settlement::Acknowledge => Token::settle(&self, |_| None),
            Settlement::Retry { after } => self.retry(after),
            Settlement::Release => Token::settle(&self, Some),
            Settlement::DeadLetter(dead_letter) => self.bury(dead_letter),
        }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if !self.settled {
            self.queue.abandon(self.consumer, self.sequence);
        }
    }
}
