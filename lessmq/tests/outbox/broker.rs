//! A broker that remembers what it was given and fails as it is told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use lessmq::envelope::{Envelope, Reply};
use lessmq::transport::{Address, Capabilities, ConsumeOptions, Consumer, Source, Transport};
use lessmq::{Bus, Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};

/// What takes longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What the broker knows.
#[derive(Debug, Default)]
pub struct Broker {
    stored: Mutex<Vec<u32>>,
    failures: Mutex<VecDeque<ErrorKind>>,
    under_way: AtomicUsize,
    overlapped: AtomicBool,
    delay: Mutex<Duration>,
}

impl Broker {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A bus to this broker, as a process of its own has it.
    pub fn bus(self: &Arc<Self>) -> Bus {
        Bus::new(Arc::new(Link(Arc::clone(self))))
    }

    /// Has the next publishes fail.
    pub fn fail_with(&self, kinds: impl IntoIterator<Item = ErrorKind>) {
        self.failures.lock().expect("no test panicked with it").extend(kinds);
    }

    /// Has each publish take this long.
    pub fn take(&self, delay: Duration) {
        *self.delay.lock().expect("no test panicked with it") = delay;
    }

    /// The numbers of the orders, in the order in which they were stored.
    pub fn stored(&self) -> Vec<u32> {
        self.stored.lock().expect("no test panicked with it").clone()
    }

    /// Whether two messages were under way at once.
    pub fn overlapped(&self) -> bool {
        self.overlapped.load(Ordering::SeqCst)
    }

    /// Whether a message is under way.
    pub fn is_busy(&self) -> bool {
        self.under_way.load(Ordering::SeqCst) > 0
    }

    /// Waits until the broker has what `wanted` asks for.
    pub async fn until(&self, wanted: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(self) {
            assert!(Instant::now() < deadline, "the broker has only {:?}", self.stored());
            sleep(Duration::from_millis(2)).await;
        }
    }
}

#[derive(Debug)]
struct Link(Arc<Broker>);

/// Counts a publish for as long as it lasts, also when it is dropped.
struct UnderWay<'a>(&'a Broker);

impl<'a> UnderWay<'a> {
    fn new(broker: &'a Broker) -> Self {
        if broker.under_way.fetch_add(1, Ordering::SeqCst) > 0 {
            broker.overlapped.store(true, Ordering::SeqCst);
        }
        Self(broker)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Transport for Link {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: "fake",
            max_payload: 1024,
            max_retry_delay: Duration::from_secs(60),
            ordered: true,
            existing: false,
            durable: true,
        }
    }

    async fn publish(&self, to: &Address, message: Arc<Envelope>) -> Result<()> {
        let _counted = UnderWay::new(&self.0);
        let delay = *self.0.delay.lock().expect("no test panicked with it");
        sleep(delay).await;
        let failure = self.0.failures.lock().expect("no test panicked with it").pop_front();
        if let Some(kind) = failure {
            return Err(Error::new(kind, "the test wants it"));
        }
        assert_eq!(*to, Address::Event { service: "shop".into(), event: "placed".into() });
        let order: serde_json::Value = serde_json::from_slice(&message.data).expect("payloads are JSON");
        let number = order.as_u64().or_else(|| order["number"].as_u64()).expect("orders have a number");
        let number = u32::try_from(number).expect("it was one");
        self.0.stored.lock().expect("no test panicked with it").push(number);
        Ok(())
    }

    async fn request(&self, _: &Address, _: Arc<Envelope>, _: Instant) -> Result<Reply> {
        Err(Error::new(ErrorKind::Unsupported, "only publishes"))
    }

    async fn consume(&self, _: &Source, _: ConsumeOptions) -> Result<Consumer> {
        Err(Error::new(ErrorKind::Unsupported, "only publishes"))
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
