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

/// Where the calls of one consumer come from and go back to.
pub(super) struct Origin {
    pub(super) queue: Arc<Queue>,
    pub(super) calls: Arc<Calls>,
}

/// Counts a call among those that its consumer has out, until this is dropped.
pub(super) struct Out(pub(super) Arc<Origin>);

impl Drop for Out {
    fn drop(&mut self) {
        self.0.queue.make_room(&self.0.calls);
    }
}

/// A call that is out: nobody but itself has it.
impl Acknowledger for Message {
    fn settle(mut self: Box<Self>, settlement: Settlement) -> Settling {
        let Some(out) = self.out.take() else { return Settling::done(Ok(())) };
        let origin = &out.0;
        if origin.calls.are_lost() {
            return Settling::done(Err(lost()));
        }
        match settlement {
            Settlement::Acknowledge => {}
            Settlement::Retry { after } => put_back_later(Arc::clone(&origin.queue), self, after),
            Settlement::Release => origin.queue.put_back(self),
            Settlement::DeadLetter(dead_letter) => origin.queue.bury(self, dead_letter),
        }
        Settling::done(Ok(()))
    }
}

fn put_back_later(queue: Arc<Queue>, mut message: Box<Message>, after: Duration) {
    message.attempt = message.attempt.saturating_add(1);
    tokio::spawn(async move {
        sleep(after).await;
        queue.put_back(message);
    });
}
