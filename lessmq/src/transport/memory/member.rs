//! The consumers of a queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Waker;

use super::message::Message;
use crate::transport::ConsumeOptions;

/// The id of a consumer in its queue.
pub(super) type MemberId = u64;

/// A consumer as its queue sees it.
pub(super) struct Member {
    pub(super) id: MemberId,
    prefetch: usize,
    /// Whether the consumer accepts no more messages.
    pub(super) ended: bool,
    pub(super) waker: Option<Waker>,
    pub(super) unsettled: BTreeMap<u64, Box<Message>>,
    pub(super) calls: Arc<UnsettledCalls>,
    /// How many calls were delivered.
    delivered_calls: usize,
}

/// The unsettled calls of one consumer. They are settled without the queue's lock.
#[derive(Default)]
pub(super) struct UnsettledCalls {
    /// How many of the delivered calls are settled.
    settled: AtomicUsize,
    /// Whether the consumer waits for room.
    awaited: AtomicBool,
    /// Whether the connection was closed in the meantime.
    lost: AtomicBool,
}

impl UnsettledCalls {
    pub(super) fn are_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Counts one call as settled, and returns whether the consumer waits for room.
    pub(super) fn settle_one(&self) -> bool {
        self.settled.fetch_add(1, Ordering::SeqCst);
        self.awaited.load(Ordering::SeqCst)
    }
}

impl Member {
    pub(super) fn new(id: MemberId, options: ConsumeOptions) -> Self {
        Self {
            id,
            prefetch: usize::from(options.prefetch.max(1)),
            ended: false,
            waker: None,
            unsettled: BTreeMap::new(),
            calls: Arc::default(),
            delivered_calls: 0,
        }
    }

    /// How many messages are unsettled.
    pub(super) fn unsettled_count(&self) -> usize {
        let calls = self.delivered_calls.wrapping_sub(self.calls.settled.load(Ordering::SeqCst));
        self.unsettled.len() + calls
    }

    /// Records that a message is unsettled. A call is only counted.
    pub(super) fn record(&mut self, message: &Message) {
        if message.caller.is_some() {
            self.delivered_calls = self.delivered_calls.wrapping_add(1);
        } else {
            self.unsettled.insert(message.sequence, message.copy());
        }
    }

    /// Ends the consumer because its connection was closed. Returns its unsettled messages, and the waker of a task that
    /// waits for the next one.
    pub(super) fn lose(self) -> (BTreeMap<u64, Box<Message>>, Option<Waker>) {
        self.calls.lost.store(true, Ordering::Release);
        (self.unsettled, self.waker)
    }

    /// Whether the consumer may take another message. If not, it is woken when a call ends.
    pub(super) fn has_room(&self) -> bool {
        let has_room = || self.unsettled_count() < self.prefetch;
        if self.ended {
            return false;
        }
        let now = has_room();
        if self.calls.awaited.load(Ordering::Relaxed) == now {
            self.calls.awaited.store(!now, Ordering::SeqCst);
        }
        // A call may have ended just before this consumer was marked as waiting.
        now || has_room()
    }
}
