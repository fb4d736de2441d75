//! A leased broker whose requests show whether it is reachable.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::time::Instant;

use super::broker::{BrokerLimits, LeasedBroker, LeasedQueue, Target};
use super::message::{LeasedMessage, Receipt, Received};
use crate::error::{ErrorKind, Result};
use crate::transport::Status;
use crate::transport::kit::{ConnectionMonitor, LeaseState};

/// How long requests may fail before the broker counts as unreachable: brokers throttle now and then.
const TOLERANCE: Duration = Duration::from_secs(10);

/// A leased broker that records in a [`ConnectionMonitor`] whether its requests succeed.
#[derive(Debug)]
pub(super) struct Watched {
    broker: Box<dyn LeasedBroker>,
    pub(super) monitor: Arc<ConnectionMonitor>,
    failing_since: Mutex<Option<Instant>>,
}

impl Watched {
    pub(super) fn new(broker: impl LeasedBroker) -> Self {
        let monitor = Arc::new(ConnectionMonitor::new(broker.limits().capabilities.driver, "requests"));
        Self { broker: Box::new(broker), monitor, failing_since: Mutex::default() }
    }

    fn record<T>(&self, result: &Result<T>) {
        let mut failing_since = self.failing_since.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Err(error) if error.kind() == ErrorKind::Connection => {
                if failing_since.get_or_insert_with(Instant::now).elapsed() >= TOLERANCE {
                    self.monitor.set_disconnected(error.to_string());
                }
            }
            _ => {
                if failing_since.take().is_some() {
                    self.monitor.set_connected();
                }
            }
        }
    }

    fn see<T>(&self, result: Result<T>) -> Result<T> {
        self.record(&result);
        result
    }

    /// One message of a request that succeeds shows that the broker is reachable.
    fn see_all<T>(&self, results: Vec<Result<T>>) -> Vec<Result<T>> {
        if let Some(result) = results.iter().find(|result| result.is_ok()).or(results.first()) {
            self.record(result);
        }
        results
    }
}

#[async_trait]
impl LeasedBroker for Watched {
    fn limits(&self) -> &BrokerLimits {
        self.broker.limits()
    }

    async fn ensure(&self, target: &Target) -> Result<()> {
        self.see(self.broker.ensure(target).await)
    }

    async fn send(&self, target: &Target, messages: &[Arc<LeasedMessage>]) -> Vec<Result<()>> {
        self.see_all(self.broker.send(target, messages).await)
    }

    async fn receive(&self, queue: &LeasedQueue, max: usize, wait: Duration) -> Result<Vec<Received>> {
        self.see(self.broker.receive(queue, max, wait).await)
    }

    async fn delete(&self, queue: &LeasedQueue, receipts: &[Receipt]) -> Vec<Result<LeaseState>> {
        self.see_all(self.broker.delete(queue, receipts).await)
    }

    async fn extend(&self, queue: &LeasedQueue, leases: &[(Receipt, Duration)]) -> Vec<Result<LeaseState>> {
        self.see_all(self.broker.extend(queue, leases).await)
    }

    async fn status(&self, queue: &LeasedQueue) -> Result<Status> {
        self.see(self.broker.status(queue).await)
    }

    async fn remove(&self, queue: &LeasedQueue) -> Result<()> {
        self.see(self.broker.remove(queue).await)
    }

    async fn tagged(&self, prefix: &str) -> Result<Vec<LeasedQueue>> {
        self.see(self.broker.tagged(prefix).await)
    }

    fn now(&self) -> SystemTime {
        self.broker.now()
    }

    async fn close(&self) -> Result<()> {
        self.broker.close().await
    }
}
