//! A namespace for each test, and ways to wait.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lapin::options::{BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, ConnectionProperties};
use lessmq::envelope::{Envelope, Frame};
use lessmq::name::Name;
use lessmq::transport::{
    ConnectOptions, ConsumeOptions, Consumer, Delivery, Destination, Group, Outgoing, Queue, Settlement,
    Source, Subscription, Topic, Transport, connect,
};
use tokio::time::{Instant, sleep, timeout};

/// How long a test waits for something. Long, because brokers are started on busy machines.
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
    pub(crate) namespace: Name,
    pub(crate) url: Arc<str>,
    queues: Arc<Mutex<Vec<String>>>,
}

/// Runs a test in a separate namespace, and deletes everything that the test created, even if it fails.
pub(crate) async fn scoped<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Scope) -> F) {
    let unique = uuid::Uuid::now_v7().simple().to_string();
    let scope = Scope {
        namespace: format!("t-{}", &unique[unique.len() - 12..]).parse().unwrap(),
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
        connect(&self.url, self.options()).await.expect("the broker accepts the connection")
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        let mut options = ConnectOptions::default();
        options.namespace = self.namespace.clone();
        options
    }

    /// `{namespace}.{rest}`, deleted at the end together with its dead letters and retries.
    pub(crate) fn queue(&self, rest: &str) -> String {
        let name = format!("{}.{rest}", self.namespace);
        self.queues.lock().unwrap().push(name.clone());
        name
    }

    pub(crate) fn commands(&self, service: &str) -> (Destination, Source) {
        self.any_commands(service, false)
    }

    pub(crate) fn ordered_commands(&self, service: &str) -> (Destination, Source) {
        self.any_commands(service, true)
    }

    fn any_commands(&self, service: &str, ordered: bool) -> (Destination, Source) {
        let queue = Queue::Commands { service: service.parse().unwrap(), ordered };
        self.queue(&queue.to_string());
        (queue.clone().into(), queue.into())
    }

    pub(crate) fn calls(&self, service: &str) -> (Queue, Source) {
        let queue = calls(service);
        self.queue(&queue.to_string());
        (queue.clone(), queue.into())
    }

    pub(crate) fn group(&self, service: &str, event: &str, group: &str) -> Source {
        self.any_group(topic(service, event, false), service, group)
    }

    pub(crate) fn ordered_group(&self, service: &str, event: &str, group: &str) -> Source {
        self.any_group(topic(service, event, true), service, group)
    }

    fn any_group(&self, topic: Topic, service: &str, group: &str) -> Source {
        let group = Group::Named(group.parse().unwrap());
        let subscription = Subscription::new(service.parse().unwrap(), vec![topic], group);
        self.queue(&subscription.to_string());
        subscription.into()
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
            for suffix in ["", ".dead"] {
                let _ = channel.queue_delete(format!("{queue}{suffix}").into(), Default::default()).await;
            }
        }
        let levels = [
            "100ms", "250ms", "500ms", "1s", "2s", "4s", "8s", "15s", "30s", "1min", "2min", "5min", "15min",
            "30min", "1h", "3h", "6h", "orphans",
        ];
        for level in
            levels.iter().flat_map(|level| [format!("retry.{level}"), format!("retry.external.{level}")])
        {
            let name = format!("{}.{level}", self.namespace);
            let _ = channel.queue_delete(name.as_str().into(), Default::default()).await;
            let _ = channel.exchange_delete(name.into(), Default::default()).await;
        }
        for exchange in ["events", "retry"] {
            let exchange = format!("{}.{exchange}", self.namespace);
            let _ = channel.exchange_delete(exchange.into(), Default::default()).await;
        }
    }
}

pub(crate) fn prefetch(deliveries: u16) -> ConsumeOptions {
    ConsumeOptions::new(deliveries)
}

/// Publishes one message.
pub(crate) fn publish(
    bus: &Arc<dyn Transport>,
    to: &Destination,
    message: Arc<Envelope>,
) -> impl Future<Output = lessmq::Result<()>> + Send + use<> {
    let (bus, message) = (Arc::clone(bus), Outgoing::new(to.clone(), message));
    async move { bus.publish_one(message).await }
}

/// A deadline for a call that is answered.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// Sends a call, and returns its reply.
pub(crate) async fn call(
    bus: &Arc<dyn Transport>,
    to: &Queue,
    message: Arc<Envelope>,
    deadline: Instant,
) -> lessmq::Result<Frame> {
    bus.call(to, message, deadline).only().await
}

pub(crate) fn message(text: &str) -> Arc<Envelope> {
    Arc::new(Envelope::new("tester", "thing.happened", text.to_owned()))
}

/// A message with a payload of `length` bytes.
pub(crate) fn large(length: usize) -> Arc<Envelope> {
    Arc::new(Envelope::new("t", "k", vec![b' '; length]))
}

pub(crate) fn calls(service: &str) -> Queue {
    Queue::Calls { service: service.parse().unwrap() }
}

pub(crate) fn topic(service: &str, event: &str, ordered: bool) -> Topic {
    Topic::Event { service: service.parse().unwrap(), event: event.parse().unwrap(), ordered }
}

pub(crate) fn event(service: &str, event: &str) -> Destination {
    topic(service, event, false).into()
}

pub(crate) fn ordered_event(service: &str, event: &str) -> Destination {
    topic(service, event, true).into()
}

pub(crate) fn broadcast(service: &str, event: &str) -> Source {
    Subscription::new(service.parse().unwrap(), vec![topic(service, event, false)], Group::Broadcast).into()
}

/// An external queue.
pub(crate) fn external_queue(name: &str) -> Queue {
    Queue::External { name: name.parse().unwrap() }
}

pub(crate) fn text(delivery: &Delivery) -> &str {
    std::str::from_utf8(&delivery.envelope.data).unwrap()
}

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

pub(crate) async fn next(consumer: &mut Consumer) -> Delivery {
    within("a delivery", consumer.next()).await.expect("the consumer ended").expect("the consumer failed")
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

/// Declares a queue as another program does: with other arguments than our queues have.
pub(crate) async fn declare(channel: &Channel, queue: &str) {
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap();
}

/// How many messages in a queue wait for a consumer.
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
        assert!(Instant::now() < deadline, "no message in `{queue}`");
        sleep(Duration::from_millis(20)).await;
    }
}
