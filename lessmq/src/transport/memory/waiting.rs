//! The calls of one connection that wait for their replies, and who ends those that wait too long.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until};

use super::call::{Call, too_late};
use super::connection::closed;
use crate::error::{Error, ErrorKind, Result};

/// For how many more calls there is room after those that have ended were forgotten, at least.
const MIN_ROOM: usize = 64;

/// Who waits.
#[derive(Default)]
pub(super) struct Waiting(Mutex<State>);

#[derive(Default)]
struct State {
    closed: bool,
    /// Those that wait, the one with the earliest deadline first, and some that have ended.
    calls: BinaryHeap<ByDeadline>,
    watches: Vec<Watch>,
}

/// A call in the order of deadlines, the earliest being the greatest. The deadline stands here too, to be compared
/// without a look at the call.
struct ByDeadline(Reverse<Instant>, Arc<Call>);

/// A task that ends the calls whose deadline has passed.
///
/// A timer for each call would cost more than the rest of the call, and few calls ever need theirs. There is a watch
/// for each runtime that somebody waits on, for a timer works only while its runtime does.
struct Watch {
    runtime: Id,
    /// When it looks next: not after the deadline of any call of its runtime.
    next: Instant,
    sooner: Arc<Notify>,
}

impl Waiting {
    /// Enters a call.
    ///
    /// # Errors
    /// `Closed` when the connection is closed, or the runtime is being shut down.
    ///
    /// # Panics
    /// When the runtime has no timer.
    pub(super) fn enter(self: &Arc<Self>, call: &Arc<Call>) -> Result<()> {
        let (runtime, deadline) = (Handle::current(), call.deadline());
        let mut state = self.state();
        if state.closed {
            return Err(closed());
        }
        let new_watch = match state.watches.iter_mut().find(|watch| watch.runtime == runtime.id()) {
            Some(watch) if watch.next <= deadline => None,
            Some(watch) => {
                watch.next = deadline;
                watch.sooner.notify_one();
                None
            }
            None => {
                // Here, for without a timer it is the caller that has to hear of it.
                let timer = sleep_until(deadline);
                let sooner = Arc::new(Notify::new());
                let watch = Watch { runtime: runtime.id(), next: deadline, sooner: Arc::clone(&sooner) };
                state.watches.push(watch);
                Some(OnDuty { waiting: Arc::downgrade(self), sooner }.keep(timer))
            }
        };
        state.forget_ended_calls();
        state.calls.push(ByDeadline(Reverse(deadline), Arc::clone(call)));
        drop(state);
        if let Some(watch) = new_watch
            && runtime.spawn(watch).is_finished()
            && call.is_waiting()
        {
            return Err(Error::new(
                ErrorKind::Closed,
                "the runtime that the call waits on is being shut down",
            ));
        }
        Ok(())
    }

    /// Sends all callers away, and lets no more in.
    pub(super) fn close(&self) {
        let calls = {
            let mut state = self.state();
            state.closed = true;
            std::mem::take(&mut state.calls)
        };
        for ByDeadline(_, call) in calls {
            call.end(Err(closed()));
        }
    }

    /// Ends the calls whose deadline has passed. When to look again; `None`, and this watch is over, when nobody waits.
    fn end_late_calls(&self, watch: &OnDuty) -> Option<Instant> {
        let now = Instant::now();
        let mut late = Vec::new();
        let mut state = self.state();
        let next = loop {
            let Some(first) = state.calls.peek_mut() else { break None };
            if first.1.is_waiting() && first.0.0 > now {
                break Some(first.0.0);
            }
            late.push(PeekMut::pop(first).1);
        };
        state.look_again(watch, next);
        drop(state);
        for call in late {
            call.end(Err(too_late()));
        }
        next
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ord for ByDeadline {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for ByDeadline {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByDeadline {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for ByDeadline {}

impl State {
    /// Where there is no room left. A caller that leaves does not look for its call here, which would cost it as much
    /// as to enter.
    fn forget_ended_calls(&mut self) {
        if self.calls.len() == self.calls.capacity() {
            self.calls.retain(|ByDeadline(_, call)| call.is_waiting());
            self.calls.reserve(self.calls.len().max(MIN_ROOM));
        }
    }

    fn look_again(&mut self, on_duty: &OnDuty, next: Option<Instant>) {
        let place = self.watches.iter().position(|watch| Arc::ptr_eq(&watch.sooner, &on_duty.sooner));
        match (place, next) {
            (Some(place), Some(next)) => self.watches[place].next = next,
            (Some(place), None) => drop(self.watches.swap_remove(place)),
            (None, _) => {}
        }
    }
}

/// The task of a watch. When it ends, be it because its runtime is shut down, the watch is over.
struct OnDuty {
    waiting: Weak<Waiting>,
    sooner: Arc<Notify>,
}

impl OnDuty {
    async fn keep(self, first: Sleep) {
        let mut timer = pin!(first);
        loop {
            tokio::select! {
                () = &mut timer => {}
                () = self.sooner.notified() => {}
            }
            let next = self.waiting.upgrade().and_then(|waiting| waiting.end_late_calls(&self));
            let Some(next) = next else { return };
            timer.as_mut().reset(next);
        }
    }
}

impl Drop for OnDuty {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.upgrade() {
            waiting.state().look_again(self, None);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "where a test meets an error, it has failed")]
mod tests {
    use std::time::Duration;

    use tokio::runtime::Builder;
    use tokio::time::timeout;

    use super::*;
    use crate::transport::memory::call::PendingReply;

    /// A call that nobody answers.
    async fn unanswered(waiting: &Arc<Waiting>, patience: Duration) -> ErrorKind {
        let send = |call: &Arc<Call>| waiting.enter(call);
        PendingReply::new(Instant::now() + patience, send).await.unwrap_err().kind()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_end_at_their_own_deadlines_in_whatever_order_they_came() {
        let waiting = Arc::default();
        let ended_after = |seconds: u64| {
            let waiting = Arc::clone(&waiting);
            async move {
                let started = Instant::now();
                let kind = unanswered(&waiting, Duration::from_secs(seconds)).await;
                assert_eq!(kind, ErrorKind::DeadlineExceeded);
                started.elapsed().as_secs()
            }
        };
        let ended = tokio::join!(ended_after(30), ended_after(3), ended_after(10), ended_after(3));
        assert_eq!(ended, (30, 3, 10, 3));
        assert!(waiting.state().watches.is_empty(), "nobody is left to be watched over");
    }

    #[test]
    fn a_watch_on_a_runtime_that_is_gone_keeps_nobody_waiting_elsewhere() {
        let waiting = Arc::default();
        let runtime = || Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let first = runtime();
        first.block_on(async {
            // Watched over on this runtime, which ends before the deadline does.
            assert!(
                timeout(Duration::from_secs(1), unanswered(&waiting, Duration::from_secs(60))).await.is_err()
            );
        });
        let second = runtime();
        let kind = second.block_on(unanswered(&waiting, Duration::from_secs(120)));
        assert_eq!(
            kind,
            ErrorKind::DeadlineExceeded,
            "though the first runtime is there and nobody drives it"
        );
        drop(first);
        assert_eq!(
            runtime().block_on(unanswered(&waiting, Duration::from_secs(60))),
            ErrorKind::DeadlineExceeded
        );
        drop(second);
        assert!(waiting.state().watches.len() <= 1);
    }

    #[test]
    #[should_panic(expected = "timers are disabled")]
    fn a_runtime_without_a_timer_is_told_to_the_caller() {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(unanswered(&Arc::default(), Duration::from_secs(1)));
    }

    #[tokio::test]
    async fn calls_that_have_ended_do_not_pile_up() {
        let waiting: Arc<Waiting> = Arc::default();
        for _ in 0..100 * MIN_ROOM {
            assert!(timeout(Duration::ZERO, unanswered(&waiting, Duration::from_secs(60))).await.is_err());
        }
        let kept = waiting.state().calls.len();
        assert!(kept <= 2 * MIN_ROOM, "{kept} calls are kept");
    }
}
