//! The script: which requests fail, and how.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// The kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// [`LeasedBroker::ensure`](crate::transport::leased::LeasedBroker::ensure)
    Ensure,
    /// [`LeasedBroker::send`](crate::transport::leased::LeasedBroker::send)
    Send,
    /// [`LeasedBroker::receive`](crate::transport::leased::LeasedBroker::receive)
    Receive,
    /// [`LeasedBroker::delete`](crate::transport::leased::LeasedBroker::delete)
    Delete,
    /// [`LeasedBroker::extend`](crate::transport::leased::LeasedBroker::extend)
    Extend,
    /// [`LeasedBroker::status`](crate::transport::leased::LeasedBroker::status)
    Status,
    /// [`LeasedBroker::remove`](crate::transport::leased::LeasedBroker::remove)
    Remove,
    /// [`LeasedBroker::tagged`](crate::transport::leased::LeasedBroker::tagged)
    Tagged,
}

/// How a request fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The request succeeds.
    None,
    /// The request is refused and not carried out, as if the broker throttles.
    Throttle,
    /// These items of a batch are refused and not carried out.
    Part(Vec<usize>),
    /// The request is carried out, but its response is lost.
    LoseAnswer,
    /// The request is reported as successful, but not carried out.
    Pretend,
    /// The request takes this long.
    Slow(Duration),
    /// Received messages stay visible, so that other consumers get them, too.
    Duplicate,
    /// Received messages are in the opposite order.
    Reorder,
    /// Received messages are leased for this long.
    ShortLease(Duration),
}

#[derive(Debug, Default)]
pub(super) struct Script {
    faults: HashMap<Operation, VecDeque<Fault>>,
    always: HashMap<Operation, Fault>,
    requests: HashMap<Operation, usize>,
}

impl Script {
    pub(super) fn add(&mut self, operation: Operation, faults: impl IntoIterator<Item = Fault>) {
        self.faults.entry(operation).or_default().extend(faults);
    }

    pub(super) fn always(&mut self, operation: Operation, fault: Fault) {
        self.always.insert(operation, fault);
    }

    pub(super) fn clear(&mut self) {
        self.faults.clear();
        self.always.clear();
    }

    pub(super) fn requests(&self, operation: Operation) -> usize {
        self.requests.get(&operation).copied().unwrap_or_default()
    }

    /// Counts a request.
    pub(super) fn count(&mut self, operation: Operation) {
        *self.requests.entry(operation).or_default() += 1;
    }

    /// Takes the fault of the next request.
    pub(super) fn next(&mut self, operation: Operation) -> Fault {
        let next = self.faults.get_mut(&operation).and_then(VecDeque::pop_front);
        next.or_else(|| self.always.get(&operation).cloned()).unwrap_or(Fault::None)
    }
}
