//! The state that workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::task::TaskTracker;

use super::in_flight::InFlight;
use super::settlements::Settlements;
use super::shutdown::Shutdown;
use crate::discovery::Provided;
use crate::envelope::Text;
use crate::transport::{Capabilities, Source};

/// The state that all workers of one process share.
#[derive(Clone)]
pub(crate) struct ProcessShared {
    pub(crate) shutdown: Shutdown,
    /// The handlers that run, and the settlements that wait for the broker.
    pub(crate) tasks: TaskTracker,
    pub(crate) settlements: Settlements,
    pub(crate) in_flight: InFlight,
    pub(crate) capabilities: Capabilities,
    /// Whether the process handles messages. Before that, it only requests contracts and answers such requests.
    serving: Arc<AtomicBool>,
}

impl ProcessShared {
    pub(crate) fn new(capabilities: Capabilities) -> Self {
        let (tasks, shutdown) = (TaskTracker::new(), Shutdown::default());
        let settlements = Settlements::new(tasks.clone());
        let (in_flight, serving) = (InFlight::default(), Arc::default());
        Self { shutdown, tasks, settlements, in_flight, capabilities, serving }
    }

    /// Handles messages from now on.
    pub(crate) fn start_serving(&self) {
        self.serving.store(true, Ordering::Release);
    }

    pub(super) fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Acquire)
    }
}

/// The state that all handlers of one worker share.
pub(crate) struct WorkerShared {
    /// Where its messages come from.
    pub(crate) source: Source,
    pub(crate) service: Text,
    /// The id of the merged contract of the methods that are served here.
    pub(crate) contract_id: Text,
    /// Set if the worker takes the calls of a service that this process provides.
    pub(crate) provided: Option<Arc<Provided>>,
    /// Whether calls have no handler here. They are then left to another program that provides them.
    pub(crate) leaves_calls: bool,
    pub(crate) process: ProcessShared,
}
