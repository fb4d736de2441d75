//! The calls of one connection that wait for their replies, and who ends those that wait too long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use slab::Slab;
use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::call::{Call, too_late};
use super::connection::closed;

/// Who waits.
#[derive(Default)]
pub(super) struct Waiting(Mutex<State>);

#[derive(Default)]
struct State {
    closed: bool,
    calls: Slab<Arc<Call>>,
    watches: Vec<Watch>,
}

/// A task that ends the calls whose deadline has passed.
///
/// A timer for each call would cost more than the rest of the call, and few calls ever need theirs. There is a watch for
/// each runtime that somebody waits on, for a timer works only while its runtime does.
struct Watch {
    runtime: Id,
    /// When it looks next: not after the deadline of any call of its runtime.
    next: Instant,
    sooner: Arc<Notify>,
}

/// A caller's place among those who wait, which it gives up when this is dropped.
pub(super) struct Place<'a> {
    waiting: &'a Waiting,
    key: usize,
}

impl Waiting {
    /// A place for a caller; `None` when the connection is closed.
    pub(super) fn enter(self: &Arc<Self>, call: Arc<Call>) -> Option<Place<'_>> {
        let (runtime, deadline) = (Handle::current(), call.deadline());
        let mut state = self.state();
        if state.closed {
            return None;
        }
        let key = state.calls.insert(call);
        let new_watch = match state.watches.iter_mut().find(|watch| watch.runtime == runtime.id()) {
            Some(watch) if watch.next <= deadline => None,
            Some(watch) => {
                watch.next = deadline;
                watch.sooner.notify_one();
                None
            }
            None => {
                let sooner = Arc::new(Notify::new());
                let watch = Watch { runtime: runtime.id(), next: deadline, sooner: Arc::clone(&sooner) };
                state.watches.push(watch);
                Some(OnDuty { waiting: Arc::downgrade(self), sooner })
            }
        };
        drop(state);
        if let Some(watch) = new_watch {
            runtime.spawn(watch.keep());
        }
        Some(Place { waiting: self, key })
    }

    /// Sends all callers away, and lets no more in.
    pub(super) fn close(&self) {
        let calls = {
            let mut state = self.state();
            state.closed = true;
            // Who leaves takes its call out by its key.
            state.calls.iter().map(|(_, call)| Arc::clone(call)).collect::<Vec<_>>()
        };
        for call in calls {
            call.end(Err(closed()));
        }
    }

    /// Ends the calls whose deadline has passed. When to look again; `None`, and this watch is over, when nobody waits.
    fn end_late_calls(&self, watch: &OnDuty) -> Option<Instant> {
        let now = Instant::now();
        let (late, next) = {
            let mut state = self.state();
            let calls = || state.calls.iter().map(|(_, call)| call);
            let late: Vec<_> = calls().filter(|call| call.deadline() <= now).map(Arc::clone).collect();
            let next = calls().map(|call| call.deadline()).filter(|deadline| *deadline > now).min();
            state.look_again(watch, next);
            (late, next)
        };
        for call in late {
            call.end(Err(too_late()));
        }
        next
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
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
    async fn keep(self) {
        while let Some(next) = self.waiting.upgrade().and_then(|waiting| waiting.end_late_calls(&self)) {
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.sooner.notified() => {}
            }
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

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.waiting.state().calls.remove(self.key);
    }
}
