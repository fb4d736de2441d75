//! Keeps the leases of unsettled deliveries alive.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::error::Result;

/// Counter: leases that ended before their deliveries were settled. Label `queue`.
pub const LEASES_LOST: &str = "lessmq_leases_lost_total";

/// A lease is extended after its length divided by this.
const EXTEND_AFTER: u32 = 2;
/// Leases are checked each time their length divided by this has passed. So there are two more attempts after a failed
/// one.
const CHECK_EVERY: u32 = 6;

/// The state of a lease after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// This process still holds the lease.
    Held,
    /// The lease has ended: the broker delivers the message again, or has already done so.
    Lost,
}

type Extend<H> = dyn Fn(Vec<H>) -> BoxFuture<'static, Vec<Result<LeaseState>>> + Send + Sync;

/// Extends the leases of one queue in batches, each when half of its time has passed, as long as the deliveries are
/// unsettled and the broker allows it. A lease that cannot be extended is [lost](Lease::lost), counted and logged.
/// There is no background task while there are no leases. `H` is the broker's handle of a lease.
pub struct LeaseKeeper<H> {
    shared: Arc<Shared<H>>,
}

struct Shared<H> {
    queue: String,
    length: Duration,
    /// How long the broker extends a lease at most. `None` without a limit.
    max_hold: Option<Duration>,
    extend: Box<Extend<H>>,
    state: Mutex<State<H>>,
}

struct State<H> {
    leases: HashMap<u64, Entry<H>>,
    last_id: u64,
    /// Whether the background task is running.
    running: bool,
}

struct Entry<H> {
    handle: H,
    expires_at: Instant,
    /// When the broker stops extending the lease. `None` if it does not stop.
    held_until: Option<Instant>,
    /// Whether a request to extend the lease is running.
    extending: bool,
    /// Whether the lease was released: it is not extended any more.
    released: bool,
    lost: CancellationToken,
}

/// One lease. Dropping it stops the extension of the lease, and does not end the lease.
pub struct Lease<H> {
    shared: Arc<Shared<H>>,
    id: u64,
    handle: H,
    lost: CancellationToken,
}

impl<H: Clone + Send + Sync + 'static> LeaseKeeper<H> {
    /// A keeper of leases of `length` on `queue`, which the broker extends up to `max_hold`. `extend` makes leases end
    /// `length` from now, and returns a result for each. After an error, the lease is tried again.
    pub fn new<F>(
        queue: impl Into<String>,
        length: Duration,
        max_hold: Option<Duration>,
        extend: impl Fn(Vec<H>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Vec<Result<LeaseState>>> + Send + 'static,
    {
        let extend = Box::new(move |handles| extend(handles).boxed());
        let state = State { leases: HashMap::new(), last_id: 0, running: false };
        let shared = Shared { queue: queue.into(), length, max_hold, extend, state: Mutex::new(state) };
        Self { shared: Arc::new(shared) }
    }

    /// Keeps a lease that began at `received_at`. Must be called within a Tokio runtime.
    #[must_use]
    pub fn keep(&self, handle: H, received_at: Instant) -> Lease<H> {
        let (lost, mut state) = (CancellationToken::new(), self.shared.state());
        state.last_id += 1;
        let id = state.last_id;
        let entry = Entry {
            handle: handle.clone(),
            expires_at: received_at + self.shared.length,
            held_until: self.shared.max_hold.map(|longest| received_at + longest),
            extending: false,
            released: false,
            lost: lost.clone(),
        };
        state.leases.insert(id, entry);
        if !std::mem::replace(&mut state.running, true) {
            tokio::spawn(Arc::clone(&self.shared).run());
        }
        Lease { shared: Arc::clone(&self.shared), id, handle, lost }
    }

    /// Stops the extension of all leases, and returns their handles, so that they can be released.
    #[must_use]
    pub fn end_all(&self) -> Vec<H> {
        let leases = std::mem::take(&mut self.shared.state().leases);
        let end = |entry: Entry<H>| {
            entry.lost.cancel();
            entry.handle
        };
        leases.into_values().map(end).collect()
    }
}

impl<H: Clone + Send + Sync + 'static> Shared<H> {
    async fn run(self: Arc<Self>) {
        while let Some(next) = self.next_check() {
            sleep_until(next).await;
            let due = self.take_due();
            if !due.is_empty() {
                // Not awaited, so that a slow request does not delay other leases.
                tokio::spawn(Arc::clone(&self).extend(due));
            }
        }
    }

    /// When to check the leases next. `None` if there are no leases.
    fn next_check(&self) -> Option<Instant> {
        let mut state = self.state();
        let earliest = state.leases.values().map(|entry| entry.expires_at).min();
        state.running = earliest.is_some();
        Some(earliest?.min(Instant::now() + self.length / CHECK_EVERY))
    }

    /// Returns the leases that must be extended now, and marks them as being extended. Leases that have already ended
    /// are removed and reported as lost.
    fn take_due(&self) -> Vec<(u64, H)> {
        let now = Instant::now();
        let mut state = self.state();
        let ended: Vec<_> = state.leases.extract_if(|_, entry| entry.expires_at <= now).collect();
        let due = state.leases.iter_mut().filter(|(_, entry)| {
            let left = entry.expires_at.saturating_duration_since(now);
            let allowed = entry.held_until.is_none_or(|until| now + self.length <= until);
            allowed && !entry.extending && !entry.released && left <= self.length / EXTEND_AFTER
        });
        let due = due.map(|(id, entry)| {
            entry.extending = true;
            (*id, entry.handle.clone())
        });
        let due = due.collect();
        drop(state);
        self.lose(ended.into_iter().map(|(_, entry)| entry));
        due
    }

    async fn extend(self: Arc<Self>, due: Vec<(u64, H)>) {
        let asked_at = Instant::now();
        let (ids, handles): (Vec<_>, Vec<_>) = due.into_iter().unzip();
        let results = (self.extend)(handles).await;
        let mut lost = Vec::new();
        let mut state = self.state();
        for (id, result) in ids.into_iter().zip(results) {
            match (state.leases.get_mut(&id), result) {
                (Some(entry), Ok(LeaseState::Held)) => {
                    entry.expires_at = asked_at + self.length;
                    entry.extending = false;
                }
                (Some(_), Ok(LeaseState::Lost)) => lost.extend(state.leases.remove(&id)),
                (Some(entry), Err(error)) => {
                    tracing::debug!(queue = self.queue, "a lease could not be extended: {error:#}");
                    entry.extending = false;
                }
                // The message was settled in the meantime.
                (None, _) => {}
            }
        }
        drop(state);
        self.lose(lost);
    }

    fn lose(&self, lost: impl IntoIterator<Item = Entry<H>>) {
        for entry in lost {
            entry.lost.cancel();
            if entry.released {
                continue;
            }
            let too_long = entry.held_until.is_some_and(|until| Instant::now() + self.length > until);
            let reason = if too_long { "it was held too long" } else { "it could not be extended in time" };
            tracing::warn!(
                queue = self.queue,
                reason,
                "the lease of a message ended while the message was handled"
            );
            metrics::counter!(LEASES_LOST, "queue" => self.queue.clone()).increment(1);
        }
    }
}

impl<H> Shared<H> {
    fn state(&self) -> MutexGuard<'_, State<H>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H> Lease<H> {
    /// The broker's handle.
    #[must_use]
    pub fn handle(&self) -> &H {
        &self.handle
    }

    /// Whether the lease has ended, by the clock of this process or by the broker's answer.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.expires_at().is_none_or(|end| end <= Instant::now())
    }

    /// Waits until the lease has ended.
    pub fn lost(&self) -> WaitForCancellationFutureOwned {
        self.lost.clone().cancelled_owned()
    }

    /// Stops the extension, because the lease is about to be released or to end at another time. The lease is still
    /// [lost](Lease::is_lost) when its time has passed, but that is not counted.
    pub fn release(&self) {
        if let Some(entry) = self.shared.state().leases.get_mut(&self.id) {
            entry.released = true;
        }
    }

    /// When the lease ends if it is not extended; `None` if it has ended.
    #[must_use]
    pub fn expires_at(&self) -> Option<Instant> {
        self.shared.state().leases.get(&self.id).map(|entry| entry.expires_at)
    }
}

impl<H> Drop for Lease<H> {
    fn drop(&mut self) {
        // Dropped after the lock is released.
        let _entry = self.shared.state().leases.remove(&self.id);
    }
}

impl<H> fmt::Debug for LeaseKeeper<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.shared.state().leases.len();
        f.debug_struct("LeaseKeeper")
            .field("queue", &self.shared.queue)
            .field("held", &held)
            .finish_non_exhaustive()
    }
}

impl<H: fmt::Debug> fmt::Debug for Lease<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("handle", &self.handle).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests;
