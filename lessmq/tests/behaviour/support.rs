//! Buses to test on, and waiting.

use std::future::Future;
use std::time::Duration;

use lessmq::Bus;
use lessmq::envelope::Envelope;
use lessmq::name::Name;
use lessmq::transport::{ConsumeOptions, DeadLetterReason, Delivery, Outgoing, Queue, Settlement, Source};
use tokio::sync::mpsc::UnboundedReceiver;

/// How long anything may take that is expected to happen.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// Runs each test on each driver: `on_each_driver!(name)` for an `async fn name(bus: Bus)`.
macro_rules! on_each_driver {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                $crate::support::in_time(super::$name(lessmq::Bus::memory())).await;
            })*
        }
        #[cfg(feature = "rabbitmq")]
        mod rabbitmq {
            $(#[tokio::test]
            async fn $name() {
                let bus = $crate::support::rabbitmq().await;
                $crate::support::in_time(super::$name(bus.clone())).await;
                bus.close().await.unwrap();
            })*
        }
    };
}
pub(crate) use on_each_driver;

/// A bus over the RabbitMQ for tests, in a separate namespace.
#[cfg(feature = "rabbitmq")]
pub(crate) async fn rabbitmq() -> Bus {
    rabbitmq_in_namespace().await.0
}

/// The same, and its namespace.
#[cfg(feature = "rabbitmq")]
pub(crate) async fn rabbitmq_in_namespace() -> (Bus, Name) {
    use std::sync::atomic::{AtomicU32, Ordering};

    static COUNT: AtomicU32 = AtomicU32::new(0);
    let url = std::env::var("LESSMQ_TEST_AMQP_URL").expect("`cargo xtask test` sets LESSMQ_TEST_AMQP_URL");
    let mut options = lessmq::transport::ConnectOptions::default();
    let namespace = format!("b{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    options.namespace = namespace.parse().unwrap();
    let namespace = options.namespace.clone();
    (Bus::new(lessmq::transport::connect(&url, options).await.unwrap()), namespace)
}

/// Fails if a test hangs.
pub(crate) async fn in_time<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT * 3, test).await.expect("the test ends in time")
}

/// The next report of a handler.
pub(crate) async fn next<T>(reports: &mut UnboundedReceiver<T>) -> T {
    let report = tokio::time::timeout(TIMEOUT, reports.recv()).await;
    report.expect("a handler reports in time").expect("the service is running")
}

/// The next dead letter of a source.
pub(crate) async fn dead_letter(bus: &Bus, source: Source) -> Delivery {
    let source = Source::DeadLetters(Box::new(source));
    let mut consumer = bus.transport().consume(&source, ConsumeOptions::new(1)).await.unwrap();
    tokio::time::timeout(TIMEOUT, consumer.next()).await.expect("a dead letter in time").unwrap().unwrap()
}

/// Checks why a message is dead, and removes it. Returns the detail.
pub(crate) async fn expect_dead(
    bus: &Bus,
    source: Source,
    reason: DeadLetterReason,
    attempts: u32,
) -> (String, Envelope) {
    let delivery = dead_letter(bus, source).await;
    let dead = delivery.dead_letter.clone().expect("it has a reason");
    assert_eq!((dead.reason, dead.attempts), (reason, attempts), "{}", dead.detail);
    let envelope = Envelope::clone(&delivery.envelope);
    delivery.settle(Settlement::Acknowledge).await.unwrap();
    (dead.detail, envelope)
}

/// Publishes a message as another program would.
pub(crate) async fn publish(bus: &Bus, to: Queue, message: Envelope) {
    bus.transport().publish_one(Outgoing::new(to, message)).await.unwrap();
}

pub(crate) fn service(name: &str) -> Name {
    Name::parse("service", name).unwrap()
}

/// The queue of the shop's commands.
pub(crate) fn commands() -> Queue {
    Queue::Commands { service: service("shop"), ordered: false }
}

/// The queue of the shop's calls.
pub(crate) fn calls() -> Queue {
    Queue::Calls { service: service("shop") }
}
