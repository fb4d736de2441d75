//! A broker that records stored messages, and fails as a test requires.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use lessmq::envelope::Envelope;
use lessmq::transport::{
    BatchLimit, Capabilities, ConnectionStatus, ConsumeOptions, Consumer, Outgoing, Queue, Replies, Source,
    Status, Transport,
};
use lessmq::{Bus, Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};

/// The limit for what is expected to happen.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// The state of the broker, which all connections share.
#[derive(Debug, Default)]
pub struct Broker {
    state: Mutex<State>,
    in_flight: AtomicUsize,
    overlapped: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// The numbers of the orders, in the order in which they were stored.
    stored: Vec<u32>,
    /// How many messages each request had.
    batches: Vec<usize>,
    /// Errors of the next requests, for all of their messages.
    request_failures: VecDeque<ErrorKind>,
    /// Errors of single messages, by number.
    message_failures: HashMap<u32, ErrorKind>,
    delay: Duration,
}

impl Broker {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A bus to this broker, as another process would have.
    pub fn bus(self: &Arc<Self>) -> Bus {
        Bus::new(Arc::new(Link { broker: Arc::clone(self), capabilities: capabilities() }))
    }

    /// Makes the next requests fail.
    pub fn fail_requests(&self, kinds: impl IntoIterator<Item = ErrorKind>) {
        self.state().request_failures.extend(kinds);
    }

    /// Makes one message fail once.
    pub fn fail_message(&self, number: u32, kind: ErrorKind) {
        self.state().message_failures.insert(number, kind);
    }

    /// Makes each request take this long.
    pub fn delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// The numbers of the orders, in the order in which they were stored.
    pub fn stored(&self) -> Vec<u32> {
        self.state().stored.clone()
    }

    /// How many messages each request had.
    pub fn batches(&self) -> Vec<usize> {
        self.state().batches.clone()
    }

    /// Whether two requests were in flight at once.
    pub fn overlapped(&self) -> bool {
        self.overlapped.load(Ordering::SeqCst)
    }

    /// Whether a request is in flight.
    pub fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) > 0
    }

    /// Waits for a condition.
    pub async fn until(&self, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + TIMEOUT;
        while !condition(self) {
            assert!(Instant::now() < deadline, "the broker has only {:?}", self.stored());
            sleep(Duration::from_millis(2)).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked with it")
    }
}

impl State {
    fn store(&mut self, message: &Outgoing) -> Result<()> {
        let method = &*message.envelope.kind;
        assert_eq!(
            message.destination.to_string(),
            if method == "shop.placed" { method } else { "shop.moved.ordered" }
        );
        let order: serde_json::Value =
            serde_json::from_slice(&message.envelope.data).expect("payloads are JSON");
        let number = order.as_u64().and_then(|number| u32::try_from(number).ok()).expect("it is a number");
        match self.message_failures.remove(&number) {
            Some(kind) => Err(failure(kind)),
            None => {
                self.stored.push(number);
                Ok(())
            }
        }
    }
}

fn failure(kind: ErrorKind) -> Error {
    Error::new(kind, "the test wants it")
}

fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::new("fake", 1024);
    capabilities.max_batch = BatchLimit { messages: 1000, bytes: usize::MAX };
    capabilities.ordering = true;
    capabilities.durable = true;
    capabilities
}

/// A connection.
#[derive(Debug)]
struct Link {
    broker: Arc<Broker>,
    capabilities: Capabilities,
}

/// Counts a request until it ends or is dropped.
struct InFlight<'a>(&'a Broker);

impl<'a> InFlight<'a> {
    fn new(broker: &'a Broker) -> Self {
        if broker.in_flight.fetch_add(1, Ordering::SeqCst) > 0 {
            broker.overlapped.store(true, Ordering::SeqCst);
        }
        Self(broker)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "this broker only stores messages")
}

#[async_trait]
impl Transport for Link {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn connection_status(&self) -> ConnectionStatus {
        ConnectionStatus::connected()
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        let _counted = InFlight::new(&self.broker);
        let delay = self.broker.state().delay;
        sleep(delay).await;
        let mut state = self.broker.state();
        state.batches.push(batch.len());
        if let Some(kind) = state.request_failures.pop_front() {
            return batch.iter().map(|_| Err(failure(kind))).collect();
        }
        batch.iter().map(|message| state.store(message)).collect()
    }

    fn call<'a>(&'a self, _: &'a Queue, _: Arc<Envelope>, _: Instant) -> Replies<'a> {
        Replies::once(async { Err(unsupported()) })
    }

    async fn consume(&self, _: &Source, _: ConsumeOptions) -> Result<Consumer> {
        Err(unsupported())
    }

    async fn status(&self, _: &Source) -> Result<Status> {
        Err(unsupported())
    }

    async fn purge(&self, _: &Source) -> Result<Option<u64>> {
        Err(unsupported())
    }

    async fn delete(&self, _: &Source) -> Result<()> {
        Err(unsupported())
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
