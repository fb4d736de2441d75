//! The calls of one connection that wait for their replies, and their timers.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use slab::Slab;
use tokio::runtime::{self, Handle};
use tokio::time::{Sleep, sleep_until};

use super::call::Call;
use super::connection::closed;

/// How many idle timers are kept.
const MAX_IDLE: usize = 1024;

/// Who waits.
#[derive(Default)]
pub(super) struct Waiting(Mutex<State>);

#[derive(Default)]
struct State {
    closed: bool,
    calls: Slab<Arc<Call>>,
    idle: Vec<Timer>,
}

/// The timer of one call.
///
/// A new timer may have to wake the thread that waits for timers, which costs more than the whole call. A timer whose
/// deadline moves to a later moment costs two atomic operations, so those of calls that have ended are kept.
pub(super) struct Timer {
    /// A timer works only while its runtime does.
    runtime: runtime::Id,
    sleep: Pin<Box<Sleep>>,
}

/// A caller's place among those who wait, which it gives up when this is dropped.
pub(super) struct Place<'a> {
    pub(super) call: Arc<Call>,
    /// Taken only when this is dropped.
    timer: Option<Timer>,
    waiting: &'a Waiting,
    key: usize,
}

impl Waiting {
    /// A place for a caller; `None` when the connection is closed.
    pub(super) fn enter(&self, call: Arc<Call>) -> Option<Place<'_>> {
        let (runtime, deadline) = (Handle::current().id(), call.deadline());
        let mut state = self.state();
        if state.closed {
            return None;
        }
        let key = state.calls.insert(Arc::clone(&call));
        let idle = state.idle.pop().filter(|timer| timer.runtime == runtime);
        drop(state);
        let timer = match idle {
            Some(mut timer) => {
                timer.sleep.as_mut().reset(deadline);
                timer
            }
            None => Timer { runtime, sleep: Box::pin(sleep_until(deadline)) },
        };
        Some(Place { call, timer: Some(timer), waiting: self, key })
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Ready once the deadline has passed.
    pub(super) fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.timer.as_mut().map_or(Poll::Pending, |timer| timer.sleep.as_mut().poll(cx))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.call.leave();
        let mut state = self.waiting.state();
        state.calls.remove(self.key);
        if state.idle.len() < MAX_IDLE {
            state.idle.extend(self.timer.take());
        }
    }
}
