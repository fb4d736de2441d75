//! A namespace for each test, and what tests wait with.

use std::future::Future;
use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use lapin::options::{BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, ConnectionProperties};
use lessmq::envelope::Envelope;
use lessmq::transport::{
    Address, ConnectOptions, ConsumeOptions, Consumer, Delivery, Group, Settlement, Source, Transport,
    connect,
};
use tokio::time::{Instant, sleep, timeout};

/// What takes longer has failed. Long, for brokers are started on busy machines.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn url() -> String {
    std::env::var("LESSMQ_TEST_AMQP_URL").expect(
        "LESSMQ_TEST_AMQP_URL is not set: run `cargo xtask test`, or set it to the address of a RabbitMQ for tests, \
         as amqp://guest:guest@127.0.0.1:5672/%2f",
    )
}

/// One test's part of the broker.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) namespace: Arc<str>,
    pub(crate) url: Arc<str>,
    queues: Arc<Mutex<Vec<String>>>,
}

/// Runs a test in a namespace of its own, and deletes what it made, also when it fails.
pub(crate) async fn scoped<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Scope) -> F) {
    let unique = uuid::Uuid::now_v7().simple().to_string();
    let scope = Scope {
        namespace: format!("t-{}", &unique[unique.len() - 12..]).into(),
        url: url().into(),
        queues: Arc::default(),
    };
    let outcome = tokio::spawn(test(scope.clone())).await;
    scope.delete_everything().await;
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

impl Scope {
    pub(crate) async fn connect(&self) -> Arc<dyn Transport> {
        connect(&self.url, self.options()).await.expect("the broker lets us in")
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        let mut options = ConnectOptions::default();
        options.namespace = self.namespace.to_string();
        options
    }

    /// `{namespace}.{rest}`, deleted at the end with what the driver makes beside it.
    pub(crate) fn queue(&self, rest: &str) -> String {
        let name = format!("{}.{rest}", self.namespace);
        self.queues.lock().unwrap().push(name.clone());
        name
    }

    pub(crate) fn commands(&self, service: &str) -> (Address, Source) {
        self.queue(&format!("{service}.commands"));
        (Address::Commands { service: service.into() }, Source::Commands { service: service.into() })
    }

    pub(crate) fn calls(&self, service: &str) -> (Address, Source) {
        self.queue(&format!("{service}.calls"));
        (Address::Calls { service: service.into() }, Source::Calls { service: service.into() })
    }

    pub(crate) fn group(&self, service: &str, event: &str, group: &str) -> Source {
        self.queue(&format!("{service}.events.{group}"));
        let group = Group::Named(group.into());
        Source::Events { service: service.into(), events: vec![event.into()], group }
    }

    /// A channel without the driver.
    pub(crate) async fn channel(&self) -> Channel {
        let connection =
            lapin::Connection::connect(&self.url, ConnectionProperties::default()).await.unwrap();
        connection.create_channel().await.unwrap()
    }

    async fn delete_everything(&self) {
        let channel = self.channel().await;
        let queues = self.queues.lock().unwrap().clone();
        for queue in queues {
            let retries = [
                "100ms", "250ms", "500ms", "1s", "2s", "4s", "8s", "15s", "30s", "1min", "2min", "5min",
                "15min", "30min", "1h", "3h", "6h",
            ];
            let beside = retries.map(|level| format!(".retry.{level}"));
            for suffix in beside.iter().map(String::as_str).chain(["", ".dead", ".turn"]) {
                let _ = channel.queue_delete(format!("{queue}{suffix}").into(), Default::default()).await;
            }
        }
        let events = format!("{}.events", self.namespace);
        let _ = channel.exchange_delete(events.into(), Default::default()).await;
    }
}

pub(crate) const PLAIN: ConsumeOptions = ConsumeOptions { prefetch: 8, ordered: false };
pub(crate) const ONE: ConsumeOptions = ConsumeOptions { prefetch: 1, ordered: false };
pub(crate) const ORDERED: ConsumeOptions = ConsumeOptions { prefetch: 8, ordered: true };

pub(crate) fn message(text: &str) -> Arc<Envelope> {
    Arc::new(Envelope::new("tester", "thing.happened", text.to_owned()))
}

/// A message of so many bytes.
pub(crate) fn large(length: usize) -> Arc<Envelope> {
    Arc::new(Envelope::new("t", "k", vec![b' '; length]))
}

pub(crate) fn event(service: &str, event: &str) -> Address {
    Address::Event { service: service.into(), event: event.into() }
}

pub(crate) fn text(delivery: &Delivery) -> &str {
    std::str::from_utf8(&delivery.envelope.data).unwrap()
}

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

pub(crate) async fn next(consumer: &mut Consumer) -> Delivery {
    within("a delivery", consumer.next()).await.expect("the consumer goes on").expect("and has no error")
}

pub(crate) async fn acknowledge(delivery: Delivery) {
    delivery.settle(Settlement::Acknowledge).await.unwrap();
}

/// Waits until `condition` holds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// How many messages lie ready in a queue.
pub(crate) async fn ready(channel: &Channel, queue: &str) -> u32 {
    let options = QueueDeclareOptions { passive: true, ..Default::default() };
    channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap().message_count()
}

/// Takes one message without the driver.
pub(crate) async fn take(channel: &Channel, queue: &str) -> lapin::message::Delivery {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let options = BasicGetOptions { no_ack: true };
        if let Some(message) = channel.basic_get(queue.into(), options).await.unwrap() {
            return message.delivery;
        }
        assert!(Instant::now() < deadline, "nothing came to `{queue}`");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What this whole program logs. A subscriber of one thread would miss what other threads' tests met first.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

pub(crate) static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    log
});

impl Log {
    /// The driver's lines about one broker or queue.
    pub(crate) fn about(&self, what: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let ours = |line: &&str| line.contains("lessmq::transport") && line.contains(what);
        text.lines().filter(ours).map(ToOwned::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
