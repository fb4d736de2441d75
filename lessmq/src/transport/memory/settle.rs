//! How deliveries are settled.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::member::Calls;
use super::message::Message;
use super::queue::{Queue, lost};
use crate::error::Result;
use crate::transport::{Acknowledger, DeadLetter, Settlement, Settling};

/// A stored message that is out. Its queue keeps it until it is settled.
pub(super) struct Token {
    queue: Arc<Queue>,
    consumer: u64,
    sequence: u64,
    settled: bool,
}

impl Token {
    pub(super) fn new(queue: Arc<Queue>, consumer: u64, sequence: u64) -> Self {
        Self { queue, consumer, sequence, settled: false }
    }

    fn settle(&self, then: impl FnOnce(Box<Message>) -> Option<Box<Message>>) -> Result<()> {
        self.queue.settle(self.consumer, self.sequence, then)
    }

    fn retry(&self, after: Duration) -> Result<()> {
        self.settle(|message| {
            put_back_later(Arc::clone(&self.queue), message, after);
            None
        })
    }

    fn bury(&self, dead_letter: DeadLetter) -> Result<()> {
        let message = self.queue.unsettled(self.consumer, self.sequence)?;
        self.queue.bury(message, dead_letter);
        self.settle(|_| None)
    }
}

impl Acknowledger for Token {
    fn settle(mut self: Box<Self>, settlement: Settlement) -> Settling {
        self.settled = true;
        Settling::done(match settlement {
            Settlement::Acknowledge => Token::settle(&self, |_| None),
            Settlement::Retry { after } => self.retry(after),
            Settlement::Release => Token::settle(&self, Some),
            Settlement::DeadLetter(dead_letter) => self.bury(dead_letter),
        })
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if !self.settled {
            self.queue.abandon(self.consumer, self.sequence);
        }
    }
}

/// A call that is out. It is delivered once, so its queue has forgotten it: it is here, and gone with this.
pub(super) struct CallToken {
    queue: Arc<Queue>,
    calls: Arc<Calls>,
    message: Option<Box<Message>>,
}

impl CallToken {
    pub(super) fn new(queue: Arc<Queue>, calls: Arc<Calls>, message: Box<Message>) -> Self {
        Self { queue, calls, message: Some(message) }
    }

    fn carry_out(mut self, settlement: Settlement) -> Result<()> {
        if self.calls.are_lost() {
            return Err(lost());
        }
        let Some(message) = self.message.take() else { return Ok(()) };
        match settlement {
            Settlement::Acknowledge => {}
            Settlement::Retry { after } => put_back_later(Arc::clone(&self.queue), message, after),
            Settlement::Release => self.queue.put_back(message),
            Settlement::DeadLetter(dead_letter) => self.queue.bury(message, dead_letter),
        }
        Ok(())
    }
}

impl Acknowledger for CallToken {
    fn settle(self: Box<Self>, settlement: Settlement) -> Settling {
        Settling::done(self.carry_out(settlement))
    }
}

impl Drop for CallToken {
    fn drop(&mut self) {
        self.queue.make_room(&self.calls);
    }
}

fn put_back_later(queue: Arc<Queue>, mut message: Box<Message>, after: Duration) {
    message.attempt = message.attempt.saturating_add(1);
    tokio::spawn(async move {
        sleep(after).await;
        queue.put_back(message);
    });
}
