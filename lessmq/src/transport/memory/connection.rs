//! One connection to the bus: what ends when it is closed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::consumer::Deliveries;
use super::queue::Queue;
use super::settle::Origin;
use super::topology::Bus;
use super::waiting::Waiting;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{ConsumeOptions, Consumer, Source};

pub(super) struct Connection {
    bus: Arc<Bus>,
    closed: AtomicBool,
    waiting: Arc<Waiting>,
    consumers: Mutex<Consumers>,
}

/// The queues of this connection's consumers, and the consumers' names there, by a number of our own.
#[derive(Default)]
struct Consumers {
    running: HashMap<u64, (Arc<Queue>, u64)>,
    last: u64,
}

impl Connection {
    pub(super) fn new(bus: Arc<Bus>) -> Arc<Self> {
        Arc::new(Self {
            bus,
            closed: AtomicBool::new(false),
            waiting: Arc::default(),
            consumers: Mutex::default(),
        })
    }

    pub(super) fn bus(&self) -> &Arc<Bus> {
        &self.bus
    }

    /// The calls that wait for their replies.
    pub(super) fn waiting(&self) -> &Arc<Waiting> {
        &self.waiting
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) { Err(closed()) } else { Ok(()) }
    }

    pub(super) fn consume(self: &Arc<Self>, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let mut consumers = self.consumers();
        self.check_open()?;
        let queue = self.bus.attach(source);
        let (id, calls) = queue.join(options);
        consumers.last += 1;
        let number = consumers.last;
        consumers.running.insert(number, (queue.clone(), id));
        drop(consumers);
        let origin = Arc::new(Origin { queue, calls });
        Ok(Consumer::new(Deliveries { connection: self.clone(), number, id, origin }))
    }

    /// The consumer was dropped.
    pub(super) fn dismiss(&self, number: u64) {
        let entry = self.consumers().running.remove(&number);
        if let Some((queue, id)) = entry {
            queue.leave(id);
            self.bus.detach(&queue);
        }
    }

    pub(super) fn close(&self) {
        let running = {
            let mut consumers = self.consumers();
            self.closed.store(true, Ordering::Release);
            std::mem::take(&mut consumers.running)
        };
        for (queue, id) in running.into_values() {
            queue.expel(id);
            self.bus.detach(&queue);
        }
        self.waiting.close();
    }

    fn consumers(&self) -> MutexGuard<'_, Consumers> {
        self.consumers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the connection to the in-process bus is closed")
}
