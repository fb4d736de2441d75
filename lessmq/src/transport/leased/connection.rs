//! The state that all parts of one connection share.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::broker::{LeasedBroker, LeasedQueue};
use super::receipts::Receipts;
use super::sender::Senders;
use super::temporary::Temporaries;
use super::watched::Watched;
use crate::error::Result;
use crate::name::Name;
use crate::transport::closed_error;
use crate::transport::kit::{ConnectionMonitor, Names};

/// How long the broker may be unreachable before an operation fails.
pub(super) const UNREACHABLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The state that all parts of one connection share.
pub(super) struct Connection {
    pub(super) broker: Arc<dyn LeasedBroker>,
    pub(super) monitor: Arc<ConnectionMonitor>,
    pub(super) names: Names,
    pub(super) senders: Senders,
    pub(super) temporaries: Arc<Temporaries>,
    pub(super) closing: CancellationToken,
    /// The tasks that receive from queues.
    pub(super) consumers: TaskTracker,
    /// Background work that no caller waits for, such as releasing a message.
    pub(super) background: TaskTracker,
    /// The queues that messages were leased from.
    leasing: Mutex<Vec<Weak<Receipts>>>,
}

impl Connection {
    pub(super) fn new(broker: impl LeasedBroker, namespace: &Name) -> Self {
        let broker = Watched::new(broker);
        let monitor = Arc::clone(&broker.monitor);
        let broker: Arc<dyn LeasedBroker> = Arc::new(broker);
        let closing = CancellationToken::new();
        let names = Names::new(namespace, broker.limits().names);
        let senders = Senders::new(Arc::clone(&broker), closing.clone());
        let (consumers, background) = (TaskTracker::new(), TaskTracker::new());
        let temporaries =
            Temporaries::new(Arc::clone(&broker), namespace, names.prefix(), background.clone());
        let temporaries = Arc::new(temporaries);
        Self {
            broker,
            monitor,
            names,
            senders,
            temporaries,
            closing,
            consumers,
            background,
            leasing: Mutex::default(),
        }
    }

    /// # Errors
    /// `Closed`.
    pub(super) fn check_open(&self) -> Result<()> {
        if self.closing.is_cancelled() { Err(closed_error()) } else { Ok(()) }
    }

    /// The time limit of an operation that starts now.
    pub(super) fn give_up() -> Instant {
        Instant::now() + UNREACHABLE_TIMEOUT
    }

    /// The receipts of `queue`, which settle its messages.
    pub(super) fn receipts(&self, queue: &Arc<LeasedQueue>) -> Arc<Receipts> {
        let receipts = Arc::new(Receipts::new(&self.broker, queue));
        let mut leasing = self.leasing.lock().unwrap_or_else(PoisonError::into_inner);
        leasing.retain(|receipts| receipts.strong_count() > 0);
        leasing.push(Arc::downgrade(&receipts));
        receipts
    }

    /// The receipts of all queues with leased messages.
    pub(super) fn leasing(&self) -> Vec<Arc<Receipts>> {
        let leasing = self.leasing.lock().unwrap_or_else(PoisonError::into_inner);
        leasing.iter().filter_map(Weak::upgrade).collect()
    }

    /// Runs `work` in the background. Without a runtime it does not run; leases then end by themselves.
    pub(super) fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            self.background.spawn_on(work, &runtime);
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("broker", &self.broker).finish_non_exhaustive()
    }
}

impl Drop for Connection {
    /// Stops the tasks of the connection.
    fn drop(&mut self) {
        self.closing.cancel();
    }
}
