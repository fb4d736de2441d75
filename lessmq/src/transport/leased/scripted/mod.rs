//! A leased broker in memory for tests, with scripted failures.
//!
//! It has the difficult properties of SQS: names of 80 characters, ten attributes, batches that can fail in part,
//! receipts of which only the last one of a message is valid, and deletions that report success when they did nothing.
//! It uses the clock of Tokio, so it works while that is paused.
//!
//! ```
//! use std::sync::Arc;
//! use lessmq::name::Name;
//! use lessmq::transport::leased::Leased;
//! use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> lessmq::Result<()> {
//! let broker = Scripted::new();
//! let transport = Leased::new(broker.clone(), &Name::parse("namespace", "shop")?);
//! // The next send request is carried out, but its response is lost.
//! broker.script(Operation::Send, [Fault::LoseAnswer]);
//! # Ok(())
//! # }
//! ```

mod queue;
mod requests;
mod script;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use self::script::Script;
pub use self::script::{Fault, Operation};
use self::state::State;
use super::{BrokerLimits, LeasedQueue, LeasedTopic};
use crate::transport::kit::NameStyle;
use crate::transport::{BatchLimit, Capabilities};

/// A leased broker in memory. Clones are connections to the same broker.
#[derive(Clone, Debug)]
pub struct Scripted {
    limits: Arc<BrokerLimits>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    script: Mutex<Script>,
    /// Notified at every change, so that receive requests check again.
    changed: Notify,
}

impl Scripted {
    /// An empty broker, and an empty script.
    #[must_use]
    pub fn new() -> Self {
        let capabilities = Capabilities {
            max_attributes: 8 * 1024,
            max_batch: BatchLimit { messages: 10, bytes: 64 * 1024 },
            max_hold: Some(Duration::from_secs(12 * 60 * 60)),
            max_delay: Duration::from_secs(12 * 60 * 60),
            max_name: 80,
            ordering: true,
            status: true,
            external: true,
            ..Capabilities::new("scripted", 64 * 1024)
        };
        let allows = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let names = NameStyle { separator: '_', ordered_suffix: ".fifo", allows, ..NameStyle::new(80) };
        let shared =
            Shared { state: Mutex::new(State::new()), script: Mutex::default(), changed: Notify::new() };
        Self { limits: Arc::new(BrokerLimits::new(capabilities, names)), shared: Arc::new(shared) }
    }

    /// The same broker with other limits.
    #[must_use]
    pub fn with_limits(self, change: impl FnOnce(&mut BrokerLimits)) -> Self {
        let mut limits = BrokerLimits::clone(&self.limits);
        change(&mut limits);
        Self { limits: Arc::new(limits), ..self }
    }

    /// The next requests of this kind fail with these faults, one after the other. After that, they succeed again.
    pub fn script(&self, operation: Operation, faults: impl IntoIterator<Item = Fault>) {
        self.shared.script().add(operation, faults);
    }

    /// Every request of this kind fails with this fault, until [`Scripted::clear`].
    pub fn script_always(&self, operation: Operation, fault: Fault) {
        self.shared.script().always(operation, fault);
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.shared.script().clear();
    }

    /// The number of requests of this kind so far.
    #[must_use]
    pub fn requests(&self, operation: Operation) -> usize {
        self.shared.script().requests(operation)
    }

    /// The names of all queues.
    #[must_use]
    pub fn queues(&self) -> Vec<String> {
        self.shared.state().queue_names()
    }

    /// The number of messages in a queue, and how many of them are leased or delayed.
    #[must_use]
    pub fn count(&self, queue: &str) -> (usize, usize) {
        self.shared.state().count(queue, Instant::now())
    }

    /// Creates a queue as another program would, with any tags.
    pub fn create_queue(&self, queue: LeasedQueue) {
        self.shared.state().create_queue(&queue);
    }

    /// Creates a topic as another program would.
    pub fn create_topic(&self, topic: &LeasedTopic) {
        self.shared.state().create_topic(topic);
    }

    /// Deletes a queue as another program would.
    pub fn delete_queue(&self, queue: &str) {
        self.shared.state().remove_queue(queue);
        self.shared.changed.notify_waiters();
    }

    /// Ends all leases, as if their time had passed.
    pub fn end_leases(&self) {
        self.shared.state().end_leases(Instant::now());
        self.shared.changed.notify_waiters();
    }
}

impl Default for Scripted {
    fn default() -> Self {
        Self::new()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
