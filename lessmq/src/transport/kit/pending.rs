//! Callers that wait for their replies.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Callers that wait for replies. Each has an id, which its reply carries as correlation id. `T` is the driver's type
/// of one frame of a reply.
///
/// A caller is removed when its [`PendingReply`] is dropped. Frames that arrive for it afterwards are dropped.
pub struct PendingReplies<T> {
    last_id: AtomicU64,
    state: Mutex<State<T>>,
}

struct State<T> {
    callers: HashMap<u64, Caller<T>>,
    /// Whether no more replies arrive.
    ended: bool,
}

struct Caller<T> {
    arrived: VecDeque<T>,
    waker: Option<Waker>,
}

/// The reply that one caller waits for.
pub struct PendingReply<T> {
    replies: Arc<PendingReplies<T>>,
    id: u64,
}

impl<T> PendingReplies<T> {
    /// An empty set of callers.
    #[must_use]
    pub fn new() -> Self {
        let state = State { callers: HashMap::new(), ended: false };
        Self { last_id: AtomicU64::new(0), state: Mutex::new(state) }
    }

    /// Adds a caller; `None` after replies have [ended](PendingReplies::end).
    #[must_use]
    pub fn register(self: &Arc<Self>) -> Option<PendingReply<T>> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        if state.ended {
            return None;
        }
        state.callers.insert(id, Caller { arrived: VecDeque::new(), waker: None });
        drop(state);
        Some(PendingReply { replies: Arc::clone(self), id })
    }

    /// Delivers a frame to its caller. Returns false if the caller no longer waits.
    pub fn deliver(&self, id: u64, frame: T) -> bool {
        let mut state = self.state();
        if state.ended {
            return false;
        }
        let Some(caller) = state.callers.get_mut(&id) else { return false };
        caller.arrived.push_back(frame);
        let waker = caller.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        true
    }

    /// Ends all replies, because no more will arrive. Each caller gets the frames that have arrived for it, then
    /// `None`. No more callers can be added.
    pub fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        let wakers: Vec<_> = state.callers.values_mut().filter_map(|caller| caller.waker.take()).collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether replies have [ended](PendingReplies::end).
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state().ended
    }

    /// How many callers wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().callers.len()
    }

    /// Whether no caller waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> PendingReply<T> {
    /// The correlation id that the reply must carry.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The next frame; `None` once replies have ended.
    pub async fn next(&mut self) -> Option<T> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// As [`PendingReply::next`], for streams.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.replies.state();
        let ended = state.ended;
        let Some(caller) = state.callers.get_mut(&self.id) else { return Poll::Ready(None) };
        if let Some(frame) = caller.arrived.pop_front() {
            return Poll::Ready(Some(frame));
        }
        if ended {
            return Poll::Ready(None);
        }
        match &mut caller.waker {
            Some(waker) => waker.clone_from(context.waker()),
            empty => *empty = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl<T> Drop for PendingReply<T> {
    fn drop(&mut self) {
        // Dropped after the lock is released.
        let _caller = self.replies.state().callers.remove(&self.id);
    }
}

impl<T> Default for PendingReplies<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for PendingReplies<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingReplies").field("waiting", &self.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for PendingReply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingReply").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn replies_reach_their_own_callers_in_any_order() {
        let replies = Arc::new(PendingReplies::new());
        let (mut first, mut second) = (replies.register().unwrap(), replies.register().unwrap());
        let waiting = tokio::spawn(async move { first.next().await });
        tokio::task::yield_now().await;
        assert!(replies.deliver(second.id(), "second") && replies.deliver(0, "first"));
        assert_eq!(second.next().await, Some("second"));
        assert_eq!(waiting.await.unwrap(), Some("first"));
    }

    #[test]
    fn frames_arrive_in_order() {
        let replies = Arc::new(PendingReplies::new());
        let mut caller = replies.register().unwrap();
        assert!((0..3).all(|frame| replies.deliver(caller.id(), frame)));
        let received: Vec<_> = (0..3).filter_map(|_| caller.next().now_or_never().flatten()).collect();
        assert_eq!(received, [0, 1, 2]);
        assert!(caller.next().now_or_never().is_none());
    }

    #[test]
    fn a_caller_that_stops_waiting_is_removed() {
        let replies = Arc::new(PendingReplies::new());
        let id = replies.register().unwrap().id();
        assert!(replies.is_empty() && !replies.deliver(id, "late"));
    }

    #[tokio::test]
    async fn when_replies_end_callers_get_none_and_no_more_are_added() {
        let replies = Arc::new(PendingReplies::<()>::new());
        let mut caller = replies.register().unwrap();
        let waiting = tokio::spawn(async move { caller.next().await });
        tokio::task::yield_now().await;
        replies.end();
        assert_eq!(waiting.await.unwrap(), None);
        assert!(replies.has_ended() && replies.register().is_none() && !replies.deliver(0, ()));
    }

    #[tokio::test]
    async fn a_reply_that_arrived_before_the_end_is_not_lost() {
        let replies = Arc::new(PendingReplies::new());
        let mut caller = replies.register().unwrap();
        assert!(replies.deliver(caller.id(), "in time"));
        replies.end();
        assert_eq!(caller.next().await, Some("in time"));
        assert_eq!(caller.next().await, None);
    }
}
