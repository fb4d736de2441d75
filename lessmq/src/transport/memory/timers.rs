//! Timers for the deadlines of calls.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime::{self, Handle};
use tokio::time::{Instant, Sleep, sleep_until};

/// How many idle timers are kept.
const MAX_IDLE: usize = 1024;

/// Timers of calls that were answered in time, for the next calls.
///
/// A new timer may have to wake the thread that waits for timers, which costs more than the whole call. A timer whose
/// deadline moves to a later moment costs two atomic operations.
#[derive(Default)]
pub(super) struct Timers {
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    /// A timer works only while its runtime does.
    runtime: runtime::Id,
    sleep: Pin<Box<Sleep>>,
}

/// A timer, back among the idle ones when it is dropped.
pub(super) struct Timer<'a> {
    timers: &'a Timers,
    timer: Option<Idle>,
}

impl Timers {
    pub(super) fn start(&self, deadline: Instant) -> Timer<'_> {
        let runtime = Handle::current().id();
        let idle = self.idle().pop().filter(|idle| idle.runtime == runtime);
        let timer = match idle {
            Some(mut idle) => {
                idle.sleep.as_mut().reset(deadline);
                idle
            }
            None => Idle { runtime, sleep: Box::pin(sleep_until(deadline)) },
        };
        Timer { timers: self, timer: Some(timer) }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Timer<'_> {
    /// Waits for the deadline.
    pub(super) async fn elapsed(&mut self) {
        if let Some(timer) = &mut self.timer {
            timer.sleep.as_mut().await;
        }
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        let mut idle = self.timers.idle();
        if idle.len() < MAX_IDLE {
            idle.extend(self.timer.take());
        }
    }
}
