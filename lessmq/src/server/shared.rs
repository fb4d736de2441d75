//! What workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::task::TaskTracker;

use super::in_flight::InFlight;
use super::settlements::Settlements;
use super::shutdown::Shutdown;
use crate::discovery::Provided;
use crate::envelope::Text;
use crate::transport::Capabilities;

/// What all workers of one process share.
#[derive(Clone)]
pub(crate) struct ProcessShared {
    pub(crate) shutdown: Shutdown,
    /// The handlers that run, and the settlements that wait for the broker.
    pub(crate) tasks: TaskTracker,
    pub(crate) settlements: Settlements,
    pub(crate) in_flight: InFlight,
    pub(crate) capabilities: Capabilities,
    /// Whether the process handles messages, and not only asks and answers what is provided.
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

/// What all handlers of one worker share.
pub(crate) struct WorkerShared {
    pub(crate) service: Text,
    /// The identity of all that is served here.
    pub(crate) contract_id: Text,
    /// Set where the worker takes the calls of a service that this process provides.
    pub(crate) provided: Option<Arc<Provided>>,
    /// Whether calls have no handler here: another program provides them, and they are left to it.
    pub(crate) leaves_calls: bool,
    pub(crate) process: ProcessShared,
}
