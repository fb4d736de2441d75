//! Ends the calls of one connection at their deadlines.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until};

use super::caller::Caller;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{closed_error, too_late_error};

/// After ended calls were removed, there is memory for at least this many new callers.
const MIN_SPARE_CALLERS: usize = 64;

/// The callers of one connection, by deadline.
#[derive(Default)]
pub(super) struct Deadlines(Mutex<State>);

#[derive(Default)]
struct State {
    closed: bool,
    /// Waiting callers, the earliest deadline first, and some that no longer wait.
    callers: BinaryHeap<ByDeadline>,
    timers: Vec<Timer>,
}

/// A caller, ordered by deadline, the earliest being the greatest. The deadline is copied here to be compared without
/// following the pointer.
struct ByDeadline(Reverse<Instant>, Arc<Caller>);

/// A task that ends the calls whose deadline has passed.
///
/// A timer for each call would cost more than the rest of the call, and few calls ever need theirs. There is one timer
/// for each runtime that has callers, since a timer works only while its runtime does.
struct Timer {
    runtime: Id,
    /// When the timer fires next. This is never after the deadline of a call of its runtime.
    next: Instant,
    sooner: Arc<Notify>,
}

impl Deadlines {
    /// Ends the call at its deadline.
    ///
    /// # Errors
    /// `Closed` when the connection is closed, or the runtime is being shut down.
    ///
    /// # Panics
    /// When the runtime has no timer.
    pub(super) fn watch(self: &Arc<Self>, caller: &Arc<Caller>) -> Result<()> {
        let (runtime, deadline) = (Handle::current(), caller.deadline());
        let mut state = self.state();
        if state.closed {
            return Err(closed_error());
        }
        let new_timer = match state.timers.iter_mut().find(|timer| timer.runtime == runtime.id()) {
            Some(timer) if timer.next <= deadline => None,
            Some(timer) => {
                timer.next = deadline;
                timer.sooner.notify_one();
                None
            }
            None => {
                // Created here, so that the panic of a runtime without timers reaches the caller.
                let sleep = sleep_until(deadline);
                let sooner = Arc::new(Notify::new());
                let timer = Timer { runtime: runtime.id(), next: deadline, sooner: Arc::clone(&sooner) };
                state.timers.push(timer);
                Some(DeadlineTimer { deadlines: Arc::downgrade(self), sooner }.run(sleep))
            }
        };
        state.remove_ended_calls();
        state.callers.push(ByDeadline(Reverse(deadline), Arc::clone(caller)));
        drop(state);
        if let Some(timer) = new_timer
            && runtime.spawn(timer).is_finished()
            && caller.is_waiting()
        {
            return Err(Error::new(
                ErrorKind::Closed,
                "the runtime that the call waits on is being shut down",
            ));
        }
        Ok(())
    }

    /// Ends all calls with `Closed`, and rejects further ones.
    pub(super) fn close(&self) {
        let callers = {
            let mut state = self.state();
            state.closed = true;
            std::mem::take(&mut state.callers)
        };
        for ByDeadline(_, caller) in callers {
            caller.end(Err(closed_error()));
        }
    }

    /// Ends the calls whose deadline has passed, and returns the next deadline. Without waiting callers, returns
    /// `None`, which ends the timer.
    fn end_late_calls(&self, timer: &DeadlineTimer) -> Option<Instant> {
        let now = Instant::now();
        let mut late = Vec::new();
        let mut state = self.state();
        let next = loop {
            let Some(first) = state.callers.peek_mut() else { break None };
            if first.1.is_waiting() && first.0.0 > now {
                break Some(first.0.0);
            }
            late.push(PeekMut::pop(first).1);
        };
        state.reschedule(timer, next);
        drop(state);
        for caller in late {
            caller.end(Err(too_late_error()));
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
    /// Removes calls that have ended when there is no room left. Removing each call when it ends would cost as much as
    /// adding it.
    fn remove_ended_calls(&mut self) {
        if self.callers.len() == self.callers.capacity() {
            self.callers.retain(|ByDeadline(_, caller)| caller.is_waiting());
            self.callers.reserve(self.callers.len().max(MIN_SPARE_CALLERS));
        }
    }

    fn reschedule(&mut self, timer: &DeadlineTimer, next: Option<Instant>) {
        let index = self.timers.iter().position(|known| Arc::ptr_eq(&known.sooner, &timer.sooner));
        match (index, next) {
            (Some(index), Some(next)) => self.timers[index].next = next,
            (Some(index), None) => drop(self.timers.swap_remove(index)),
            (None, _) => {}
        }
    }
}

/// The task of a [`Timer`]. When the task ends, also because the runtime is shut down, it removes the timer.
struct DeadlineTimer {
    deadlines: Weak<Deadlines>,
    sooner: Arc<Notify>,
}

impl DeadlineTimer {
    async fn run(self, first: Sleep) {
        let mut timer = pin!(first);
        loop {
            tokio::select! {
                () = &mut timer => {}
                () = self.sooner.notified() => {}
            }
            let next = self.deadlines.upgrade().and_then(|deadlines| deadlines.end_late_calls(&self));
            let Some(next) = next else { return };
            timer.as_mut().reset(next);
        }
    }
}

impl Drop for DeadlineTimer {
    fn drop(&mut self) {
        if let Some(deadlines) = self.deadlines.upgrade() {
            deadlines.state().reschedule(self, None);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use std::time::Duration;

    use tokio::runtime::Builder;
    use tokio::time::timeout;

    use super::*;
    use crate::transport::Replies;
    use crate::transport::memory::request::PendingReply;

    /// A call without a reply.
    async fn unanswered(deadlines: &Arc<Deadlines>, timeout: Duration) -> ErrorKind {
        let send = |caller: &Arc<Caller>| deadlines.watch(caller);
        Replies::new(PendingReply::new(Instant::now() + timeout, send)).only().await.unwrap_err().kind()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_end_at_their_own_deadlines_in_any_order() {
        let deadlines = Arc::default();
        let ended_after = |seconds: u64| {
            let deadlines = Arc::clone(&deadlines);
            async move {
                let started = Instant::now();
                let kind = unanswered(&deadlines, Duration::from_secs(seconds)).await;
                assert_eq!(kind, ErrorKind::DeadlineExceeded);
                started.elapsed().as_secs()
            }
        };
        let ended = tokio::join!(ended_after(30), ended_after(3), ended_after(10), ended_after(3));
        assert_eq!(ended, (30, 3, 10, 3));
        assert!(deadlines.state().timers.is_empty(), "the timer ends with the last call");
    }

    #[test]
    fn a_runtime_that_ended_does_not_delay_callers_on_another() {
        let deadlines = Arc::default();
        let runtime = || Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let first = runtime();
        first.block_on(async {
            // The timer is on this runtime, which ends before the deadline.
            assert!(
                timeout(Duration::from_secs(1), unanswered(&deadlines, Duration::from_secs(60)))
                    .await
                    .is_err()
            );
        });
        let second = runtime();
        let kind = second.block_on(unanswered(&deadlines, Duration::from_secs(120)));
        assert_eq!(
            kind,
            ErrorKind::DeadlineExceeded,
            "although the first runtime still exists and is not driven"
        );
        drop(first);
        assert_eq!(
            runtime().block_on(unanswered(&deadlines, Duration::from_secs(60))),
            ErrorKind::DeadlineExceeded
        );
        drop(second);
        assert!(deadlines.state().timers.len() <= 1);
    }

    #[test]
    #[should_panic(expected = "timers are disabled")]
    fn a_runtime_without_timers_is_reported_to_the_caller() {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(unanswered(&Arc::default(), Duration::from_secs(1)));
    }

    #[tokio::test]
    async fn ended_calls_do_not_pile_up() {
        let deadlines: Arc<Deadlines> = Arc::default();
        for _ in 0..100 * MIN_SPARE_CALLERS {
            assert!(timeout(Duration::ZERO, unanswered(&deadlines, Duration::from_secs(60))).await.is_err());
        }
        let kept = deadlines.state().callers.len();
        assert!(kept <= 2 * MIN_SPARE_CALLERS, "{kept} calls are kept");
    }
}
