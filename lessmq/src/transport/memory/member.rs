//! The consumers of a queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Waker;

use super::message::Message;
use crate::transport::ConsumeOptions;

/// A consumer as its queue sees it.
pub(super) struct Member {
    pub(super) id: u64,
    prefetch: usize,
    pub(super) ordered: bool,
    /// It takes no more.
    pub(super) gone: bool,
    pub(super) waker: Option<Waker>,
    pub(super) unsettled: BTreeMap<u64, Box<Message>>,
    pub(super) calls: Arc<Calls>,
}

/// The calls that one consumer has out. They are counted without the queue's lock.
#[derive(Default)]
pub(super) struct Calls {
    out: AtomicUsize,
    /// Whether the consumer waits for room.
    awaited: AtomicBool,
    /// Whether the connection was closed meanwhile.
    lost: AtomicBool,
}

impl Calls {
    pub(super) fn are_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
    /// One of them has ended; whether the consumer waits for that.
    pub(super) fn end_one(&self) -> bool {
        self.out.fetch_sub(1, Ordering::SeqCst);
        self.awaited.load(Ordering::SeqCst)
    }
}

impl Member {
    pub(super) fn new(id: u64, options: ConsumeOptions) -> Self {
        Self {
            id,
            prefetch: usize::from(options.prefetch.max(1)),
            ordered: options.ordered,
            gone: false,
            waker: None,
            unsettled: BTreeMap::new(),
            calls: Arc::default(),
        }
    }

    /// Notes that a message is out, unless it is a call, which is only counted.
    pub(super) fn note(&mut self, message: &Message) {
        if message.call.is_some() {
            self.calls.out.fetch_add(1, Ordering::SeqCst);
        } else {
            self.unsettled.insert(message.sequence, message.copy());
        }
    }

    /// The connection was closed: what it has out is not its any more.
    pub(super) fn lose(self) -> (BTreeMap<u64, Box<Message>>, Option<Waker>) {
        self.calls.lost.store(true, Ordering::Release);
        (self.unsettled, self.waker)
    }

    /// Where there is no room, the end of a call will wake the consumer.
    pub(super) fn has_room(&self) -> bool {
        let has_room = || self.unsettled.len() + self.calls.out.load(Ordering::SeqCst) < self.prefetch;
        if self.gone {
            return false;
        }
        let now = has_room();
        if self.calls.awaited.load(Ordering::Relaxed) == now {
            self.calls.awaited.store(!now, Ordering::SeqCst);
        }
        // A call may have ended before it could know that it is awaited.
        now || has_room()
    }
}
