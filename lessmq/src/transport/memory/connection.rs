//! One connection to the bus: its consumers and calls end when it is closed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::deadlines::Deadlines;
use super::queue::{MemberId, MessageQueue};
use super::topology::Bus;
use crate::error::Result;
use crate::transport::kit::ConnectionMonitor;
use crate::transport::{ConnectionStatus, closed_error};

pub(super) struct Connection {
    bus: Arc<Bus>,
    closed: AtomicBool,
    monitor: ConnectionMonitor,
    deadlines: Arc<Deadlines>,
    consumers: Mutex<Consumers>,
}

/// The queue and the member id of each of this connection's consumers, by a number that is unique in the connection.
#[derive(Default)]
struct Consumers {
    running: HashMap<u64, (Arc<MessageQueue>, MemberId)>,
    last: u64,
}

impl Connection {
    pub(super) fn new(bus: Arc<Bus>) -> Arc<Self> {
        Arc::new(Self {
            bus,
            closed: AtomicBool::new(false),
            monitor: ConnectionMonitor::new("memory", "process"),
            deadlines: Arc::default(),
            consumers: Mutex::default(),
        })
    }

    pub(super) fn bus(&self) -> &Arc<Bus> {
        &self.bus
    }

    /// The deadlines of the calls in progress.
    pub(super) fn deadlines(&self) -> &Arc<Deadlines> {
        &self.deadlines
    }

    pub(super) fn status(&self) -> ConnectionStatus {
        self.monitor.status()
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(closed_error()) } else { Ok(()) }
    }

    /// Registers the consumer that `join` returns, and returns its number, unless the connection is closed.
    pub(super) fn register(&self, join: impl FnOnce() -> (Arc<MessageQueue>, MemberId)) -> Result<u64> {
        let mut consumers = self.consumers();
        self.check_open()?;
        consumers.last += 1;
        let number = consumers.last;
        consumers.running.insert(number, join());
        Ok(number)
    }

    /// Ends a consumer. Its unsettled messages can still be settled.
    pub(super) fn end_consumer(&self, number: u64) {
        let entry = self.consumers().running.remove(&number);
        if let Some((queue, member)) = entry {
            queue.leave(member);
            self.bus.detach(&queue);
        }
    }

    pub(super) fn close(&self) {
        let running = {
            let mut consumers = self.consumers();
            self.closed.store(true, Ordering::Release);
            std::mem::take(&mut consumers.running)
        };
        for (queue, member) in running.into_values() {
            queue.expel(member);
            self.bus.detach(&queue);
        }
        self.deadlines.close();
        self.monitor.set_disconnected("closed");
    }

    fn consumers(&self) -> MutexGuard<'_, Consumers> {
        self.consumers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
