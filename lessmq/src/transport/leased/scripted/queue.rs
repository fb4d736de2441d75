//! One queue.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::envelope::{MessageId, Text};
use crate::transport::Status;
use crate::transport::leased::{LeasedMessage, LeasedQueue, Receipt, Received, structured};

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) described: LeasedQueue,
    /// The messages in the order in which they were sent.
    messages: VecDeque<Message>,
    /// The ids that an ordered queue has seen: it drops duplicates.
    seen: HashSet<String>,
    last_receipt: u64,
}

#[derive(Clone, Debug)]
struct Message {
    body: Bytes,
    attributes: BTreeMap<String, String>,
    key: Option<Text>,
    sent_at: Instant,
    /// When the message can be received: after its delay or its lease.
    visible_at: Instant,
    /// The last receipt. Earlier ones have no effect.
    receipt: Option<Receipt>,
    deliveries: u32,
}

impl Queue {
    pub(super) fn new(described: LeasedQueue) -> Self {
        Self { described, messages: VecDeque::new(), seen: HashSet::new(), last_receipt: 0 }
    }

    pub(super) fn push(&mut self, message: &LeasedMessage, now: Instant) {
        if self.described.ordered && !self.seen.insert(dedup_id(&message.id)) {
            return;
        }
        let (body, attributes) = structured::encode(message);
        self.messages.push_back(Message {
            body,
            attributes,
            key: message.key.clone(),
            sent_at: now,
            visible_at: now,
            receipt: None,
            deliveries: 0,
        });
    }

    /// Leases up to `max` messages.
    pub(super) fn lease(&mut self, max: usize, length: Duration, now: Instant) -> Vec<Received> {
        let mut locked = HashSet::new();
        let mut received = Vec::new();
        for message in &mut self.messages {
            let free = message.visible_at <= now;
            let key = message.key.clone().filter(|_| self.described.ordered);
            if !free || key.as_ref().is_some_and(|key| locked.contains(key)) {
                locked.extend(key);
                continue;
            }
            if received.len() == max {
                break;
            }
            self.last_receipt += 1;
            let receipt: Receipt = format!("{}/{}", self.described.name, self.last_receipt).into();
            message.receipt = Some(receipt.clone());
            message.deliveries += 1;
            message.visible_at = now + length;
            received.push(message.received(receipt, now));
        }
        received
    }

    /// Whether the message of this receipt is leased. If not, requests do not change it.
    pub(super) fn is_leased(&self, receipt: &Receipt, now: Instant) -> bool {
        self.find(receipt).is_some_and(|place| self.messages[place].visible_at > now)
    }

    /// Deletes a message, if this is its last receipt and it is leased.
    pub(super) fn delete(&mut self, receipt: &Receipt, now: Instant) {
        if self.is_leased(receipt, now)
            && let Some(place) = self.find(receipt)
        {
            self.messages.remove(place);
        }
    }

    /// Makes a lease end at another time.
    pub(super) fn extend(&mut self, receipt: &Receipt, until: Instant, now: Instant) {
        if self.is_leased(receipt, now)
            && let Some(place) = self.find(receipt)
        {
            self.messages[place].visible_at = until;
        }
    }

    pub(super) fn end_leases(&mut self, now: Instant) {
        self.messages.iter_mut().for_each(|message| message.visible_at = message.visible_at.min(now));
    }

    /// When the next message becomes visible. Messages that are visible now wait for earlier ones with the same
    /// key.
    pub(super) fn next_visible(&self, now: Instant) -> Option<Instant> {
        self.messages.iter().map(|message| message.visible_at).filter(|visible_at| *visible_at > now).min()
    }

    /// The number of messages, and how many of them are leased.
    pub(super) fn count(&self, now: Instant) -> (usize, usize) {
        let leased = self.messages.iter().filter(|message| message.visible_at > now).count();
        (self.messages.len(), leased)
    }

    pub(super) fn status(&self, now: Instant) -> Status {
        let (all, leased) = self.count(now);
        let number = |count: usize| u64::try_from(count).ok();
        let waiting = self.messages.iter().filter(|message| message.visible_at <= now);
        Status {
            waiting: number(all - leased),
            in_flight: number(leased),
            dead: None,
            oldest: waiting.map(|message| now - message.sent_at).max(),
        }
    }

    fn find(&self, receipt: &Receipt) -> Option<usize> {
        self.messages.iter().position(|message| message.receipt.as_ref() == Some(receipt))
    }
}

impl Message {
    fn received(&self, receipt: Receipt, now: Instant) -> Received {
        let mut received = Received::new(self.body.clone(), receipt);
        received.attributes = self.attributes.clone();
        if let Some((body, attributes)) = structured::decode(&self.body) {
            received.body = body;
            received.attributes.extend(attributes);
        }
        received.deliveries = self.deliveries;
        received.age = Some(now - self.sent_at);
        received
    }
}

fn dedup_id(id: &MessageId) -> String {
    id.to_string()
}
