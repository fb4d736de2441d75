//! Combines the acknowledgements of one consumer.
//!
//! The broker works for each acknowledgement: a quorum queue writes it to its log and replicates it. One
//! acknowledgement can be for all deliveries [up to a tag](https://www.rabbitmq.com/docs/confirms#consumer-acks-multiple-parameter),
//! which costs the broker as much as one. So acknowledgements are collected for a moment, and sent together. A consumer
//! does not run out of messages in that time, because no more than a part of its prefetch is collected.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use tokio::runtime::Handle;
use tokio::time::sleep;

use super::shared::Shared;

/// How long an acknowledgement waits for others.
const DELAY: Duration = Duration::from_millis(1);

/// The acknowledgements of one channel, which has one consumer.
pub(super) struct Acknowledgements {
    channel: Channel,
    /// This number of acknowledgements is sent at once.
    max_unsent: usize,
    state: Mutex<State>,
}

/// The deliveries from the first one that is not settled. Their tags are consecutive.
#[derive(Default)]
struct State {
    first_tag: u64,
    deliveries: VecDeque<Status>,
    /// How many deliveries are [`Status::Acknowledged`].
    unsent: usize,
    /// Whether a task will send what was collected.
    is_planned: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Unsettled,
    /// The acknowledgement has not been sent.
    Acknowledged,
    /// The frame that settles it was sent, or is queued for the socket.
    Settled,
}

/// The tags that are acknowledged next.
#[derive(Debug, Default, PartialEq, Eq)]
struct Frames {
    /// All deliveries up to this one.
    up_to: Option<u64>,
    /// Deliveries behind one that is not settled.
    single: Vec<u64>,
}

impl Acknowledgements {
    /// For a consumer with this prefetch.
    pub(super) fn new(channel: Channel, prefetch: u16) -> Self {
        let max_unsent = usize::from(prefetch / 4).max(1);
        Self { channel, max_unsent, state: Mutex::default() }
    }

    /// Adds a delivery. Each delivery of the channel must be added, in the order of their tags.
    pub(super) fn add(&self, tag: u64) {
        self.state().add(tag);
    }

    /// Acknowledges a delivery, at once or with later ones.
    pub(super) fn acknowledge(self: &Arc<Self>, tag: u64, shared: &Shared) -> lapin::Result<()> {
        let mut state = self.state();
        state.acknowledge(tag);
        if state.unsent >= self.max_unsent {
            let frames = state.take(self.max_unsent);
            return self.send(&frames);
        }
        if state.is_planned {
            return Ok(());
        }
        let Ok(runtime) = Handle::try_current() else {
            let frames = state.take(0);
            return self.send(&frames);
        };
        state.is_planned = true;
        let acknowledgements = Arc::clone(self);
        // Closing the transport waits for this.
        runtime.spawn(shared.publisher.track(async move {
            sleep(DELAY).await;
            acknowledgements.flush();
        }));
        Ok(())
    }

    /// Puts a delivery back into the queue.
    pub(super) fn requeue(&self, tag: u64) -> lapin::Result<()> {
        let mut state = self.state();
        let options = BasicNackOptions { requeue: true, multiple: false };
        let result = self.channel.basic_nack(tag, options).now_or_never().unwrap_or(Ok(()));
        state.set(tag, Status::Settled);
        result
    }

    /// Sends everything that was collected.
    pub(super) fn flush(&self) {
        let mut state = self.state();
        state.is_planned = false;
        let frames = state.take(0);
        // If this fails, the connection broke, and the broker delivers the messages again.
        let _ = self.send(&frames);
    }

    /// Queues frames for the socket, and does not wait until they are written. The caller holds the lock: an
    /// acknowledgement up to a tag must not be sent before the deliveries below it are settled.
    fn send(&self, frames: &Frames) -> lapin::Result<()> {
        let send = |tag, multiple| {
            let options = BasicAckOptions { multiple };
            self.channel.basic_ack(tag, options).now_or_never().unwrap_or(Ok(()))
        };
        if let Some(tag) = frames.up_to {
            send(tag, true)?;
        }
        frames.single.iter().try_for_each(|&tag| send(tag, false))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, tag: u64) {
        if self.deliveries.is_empty() {
            self.first_tag = tag;
        }
        debug_assert_eq!(tag, self.first_tag + self.deliveries.len() as u64, "a delivery is missing");
        self.deliveries.push_back(Status::Unsettled);
    }

    fn acknowledge(&mut self, tag: u64) {
        if self.set(tag, Status::Acknowledged) {
            self.unsent += 1;
        }
    }

    /// Sets the status of a delivery that is not settled. Returns whether it was set.
    fn set(&mut self, tag: u64, status: Status) -> bool {
        let index = tag.checked_sub(self.first_tag).and_then(|index| usize::try_from(index).ok());
        match index.and_then(|index| self.deliveries.get_mut(index)) {
            Some(unsettled @ Status::Unsettled) => {
                *unsettled = status;
                true
            }
            _ => false,
        }
    }

    /// Takes what can be sent. Acknowledgements behind an unsettled delivery are left for later, unless `max_unsent` or
    /// more would be left.
    fn take(&mut self, max_unsent: usize) -> Frames {
        let mut frames = Frames::default();
        while let Some(status) = self.deliveries.pop_front_if(|status| *status != Status::Unsettled) {
            if status == Status::Acknowledged {
                frames.up_to = Some(self.first_tag);
                self.unsent -= 1;
            }
            self.first_tag += 1;
        }
        if self.unsent > 0 && self.unsent >= max_unsent {
            for (tag, status) in (self.first_tag..).zip(&mut self.deliveries) {
                if *status == Status::Acknowledged {
                    frames.single.push(tag);
                    *status = Status::Settled;
                }
            }
            self.unsent = 0;
        }
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(tags: impl IntoIterator<Item = u64>) -> State {
        let mut state = State::default();
        tags.into_iter().for_each(|tag| state.add(tag));
        state
    }

    #[test]
    fn deliveries_without_a_gap_are_acknowledged_together() {
        let mut state = state(1..=4);
        [2, 1, 3].into_iter().for_each(|tag| state.acknowledge(tag));
        assert_eq!(state.take(0), Frames { up_to: Some(3), single: vec![] });
        state.acknowledge(4);
        assert_eq!(state.take(0), Frames { up_to: Some(4), single: vec![] });
        assert_eq!(state.take(0), Frames::default());
    }

    #[test]
    fn a_delivery_behind_a_gap_waits_or_is_acknowledged_alone() {
        let mut state = state(1..=4);
        [1, 3].into_iter().for_each(|tag| state.acknowledge(tag));
        assert_eq!(state.take(2), Frames { up_to: Some(1), single: vec![] });
        assert_eq!(state.take(0), Frames { up_to: None, single: vec![3] });
        state.acknowledge(2);
        // The last delivery that was not acknowledged before: the broker refuses a tag that it no longer knows.
        assert_eq!(state.take(0), Frames { up_to: Some(2), single: vec![] });
        state.acknowledge(4);
        assert_eq!(state.take(0), Frames { up_to: Some(4), single: vec![] });
    }

    #[test]
    fn an_unsettled_delivery_does_not_hold_up_too_many_others() {
        let mut state = state(1..=4);
        [2, 3, 4].into_iter().for_each(|tag| state.acknowledge(tag));
        assert_eq!(state.take(3), Frames { up_to: None, single: vec![2, 3, 4] });
    }

    #[test]
    fn a_requeued_delivery_leaves_no_gap_and_is_not_acknowledged() {
        let mut state = state(1..=3);
        state.set(2, Status::Settled);
        state.acknowledge(2);
        [1, 3].into_iter().for_each(|tag| state.acknowledge(tag));
        assert_eq!(state.take(0), Frames { up_to: Some(3), single: vec![] });
        state.add(4);
        state.set(4, Status::Settled);
        assert_eq!(state.take(0), Frames::default());
    }
}
