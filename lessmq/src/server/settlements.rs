//! Carries out settlements and replies outside of the loop that takes deliveries.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::error::Result;
use crate::transport::SettleFuture;

/// How many settlements and replies of one process may wait for the broker. At this limit, no more deliveries are
/// taken.
const MAX_IN_FLIGHT: usize = 1024;

/// The settlements and replies that wait for the broker.
#[derive(Clone)]
pub(crate) struct Settlements {
    tasks: TaskTracker,
    permits: Arc<Semaphore>,
}

impl Settlements {
    /// No settlements and replies yet. They run in `tasks`, which a shutdown waits for.
    pub(crate) fn new(tasks: TaskTracker) -> Self {
        Self { tasks, permits: Arc::new(Semaphore::new(MAX_IN_FLIGHT)) }
    }

    /// Carries out a settlement. Returns at once, unless too many are in flight.
    pub(super) async fn settle(&self, settlement: SettleFuture) {
        self.track(settlement, |result| {
            log_settled(result);
        })
        .await;
    }

    /// Sends a reply. Returns at once, unless too many are in flight.
    pub(super) async fn reply(&self, reply: SettleFuture) {
        self.track(reply, log_replied).await;
    }

    /// Counts one as in flight, until the permit is dropped. Waits while too many are.
    ///
    /// It also waits during a shutdown, whose timeout bounds that: a reply or an acknowledgement must not be dropped.
    pub(super) async fn enter(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.permits).acquire_owned().await.expect("the semaphore is never closed")
    }

    async fn track(&self, work: SettleFuture, log: fn(Result<()>)) {
        let work = match work.try_finish() {
            Ok(result) => return log(result),
            Err(work) => work,
        };
        let permit = self.enter().await;
        self.tasks.spawn(async move {
            let _in_flight = permit;
            log(work.await);
        });
    }
}

/// Logs a failed settlement, and returns whether it succeeded. If not, the broker delivers the message again, so
/// nothing is lost.
pub(super) fn log_settled(result: Result<()>) -> bool {
    if let Err(error) = &result {
        tracing::warn!("a message was not settled and is delivered again: {error:#}");
    }
    result.is_ok()
}

/// Logs that a reply could not be sent.
pub(super) fn log_replied(result: Result<()>) {
    if let Err(error) = result {
        tracing::warn!("a reply was not sent: {error:#}");
    }
}
