//! How deliveries are settled.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::member::{MemberId, UnsettledCalls};
use super::message::{CallOrigin, Message};
use super::queue::{MessageQueue, delivery_lost_error};
use super::topology::Bus;
use crate::error::Result;
use crate::transport::{Acknowledger, DeadLetter, SettleFuture, Settlement, Source};

/// An unsettled message that its queue keeps until it is settled.
pub(super) struct StoredToken {
    origin: Arc<Origin>,
    member: MemberId,
    sequence: u64,
    settled: bool,
}

impl StoredToken {
    pub(super) fn new(origin: Arc<Origin>, member: MemberId, sequence: u64) -> Self {
        Self { origin, member, sequence, settled: false }
    }

    fn settle(&self, then: impl FnOnce(Box<Message>) -> Option<Box<Message>>) -> Result<()> {
        self.origin.queue.settle(self.member, self.sequence, then)
    }

    fn retry(&self, after: Duration) -> Result<()> {
        self.settle(|message| {
            put_back_later(Arc::clone(&self.origin.queue), message, after);
            None
        })
    }

    fn give_up(&self, dead_letter: DeadLetter) -> Result<()> {
        let queue = &self.origin.queue;
        let message = queue.unsettled(self.member, self.sequence)?;
        queue.store_dead_letter(message, dead_letter);
        self.settle(|_| None)
    }

    /// Stores the message where it came from, as a new one.
    fn redrive(&self) -> Result<()> {
        let Origin { bus, source, queue, .. } = &*self.origin;
        let target = source.redrive_target()?;
        let message = queue.unsettled(self.member, self.sequence)?;
        bus.send_to_source(target, Message::published_now(Arc::clone(&message.envelope)))?;
        self.settle(|_| None)
    }
}

impl Acknowledger for StoredToken {
    fn settle(mut self: Box<Self>, settlement: Settlement) -> SettleFuture {
        // What cannot be redriven stays unsettled.
        self.settled = settlement != Settlement::Redrive || self.origin.source.redrive_target().is_ok();
        SettleFuture::done(match settlement {
            Settlement::Acknowledge => StoredToken::settle(&self, |_| None),
            Settlement::Retry { after } => self.retry(after),
            Settlement::Release => StoredToken::settle(&self, Some),
            Settlement::DeadLetter(dead_letter) => self.give_up(dead_letter),
            Settlement::Redrive => self.redrive(),
        })
    }
}

impl Drop for StoredToken {
    fn drop(&mut self) {
        if !self.settled {
            self.origin.queue.abandon(self.member, self.sequence);
        }
    }
}

/// Where the deliveries of one consumer come from.
pub(super) struct Origin {
    pub(super) bus: Arc<Bus>,
    pub(super) source: Source,
    pub(super) queue: Arc<MessageQueue>,
    pub(super) calls: Arc<UnsettledCalls>,
}

impl CallOrigin for Origin {
    fn settle(&self, call: Box<Message>, settlement: Settlement) -> Result<()> {
        if self.calls.are_lost() {
            if call.envelope.idempotent {
                self.queue.put_back(call);
            }
            return Err(delivery_lost_error());
        }
        match settlement {
            Settlement::Acknowledge => {}
            Settlement::Retry { after } => put_back_later(Arc::clone(&self.queue), call, after),
            Settlement::Release => self.queue.put_back(call),
            Settlement::DeadLetter(dead_letter) => self.queue.store_dead_letter(call, dead_letter),
            Settlement::Redrive => return self.source.redrive_target().map(drop),
        }
        Ok(())
    }

    fn call_ended(&self) {
        self.queue.make_room(&self.calls);
    }
}

fn put_back_later(queue: Arc<MessageQueue>, mut message: Box<Message>, after: Duration) {
    message.attempt = message.attempt.saturating_add(1);
    let delayed = queue.delayed().enter();
    tokio::spawn(async move {
        sleep(after).await;
        drop(delayed);
        queue.put_back(message);
    });
}
