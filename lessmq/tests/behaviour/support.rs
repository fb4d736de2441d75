//! Buses to test on, and waiting.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lessmq::Bus;
use lessmq::envelope::Envelope;
use lessmq::transport::{self, Address, ConnectOptions, ConsumeOptions, Delivery, Settlement, Source};
use tokio::sync::mpsc::UnboundedReceiver;

/// How long anything may take that is expected to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on both drivers: `on_both!(name)` for an `async fn name(bus: Bus)`.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                $crate::support::within_patience(super::$name(lessmq::Bus::memory())).await;
            })*
        }
        mod rabbitmq {
            $(#[tokio::test]
            async fn $name() {
                let bus = $crate::support::rabbitmq().await;
                $crate::support::within_patience(super::$name(bus.clone())).await;
                bus.close().await.unwrap();
            })*
        }
    };
}
pub(crate) use on_both;

/// A bus over the tests' RabbitMQ, in a namespace of its own.
pub(crate) async fn rabbitmq() -> Bus {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let url = std::env::var("LESSMQ_TEST_AMQP_URL").expect("`cargo xtask test` sets LESSMQ_TEST_AMQP_URL");
    let mut options = ConnectOptions::default();
    options.namespace = format!("b{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    Bus::new(transport::connect(&url, options).await.unwrap())
}

pub(crate) async fn within_patience<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE * 3, test).await.expect("the test ends in time")
}

/// The next thing that a handler told.
pub(crate) async fn next<T>(told: &mut UnboundedReceiver<T>) -> T {
    tokio::time::timeout(PATIENCE, told.recv())
        .await
        .expect("something is told in time")
        .expect("the handler lives")
}

/// The next dead letter of a source.
pub(crate) async fn dead_letter(bus: &Bus, source: Source) -> Delivery {
    let source = Source::DeadLetters(Box::new(source));
    let mut consumer =
        bus.transport().consume(&source, ConsumeOptions { prefetch: 1, ordered: false }).await.unwrap();
    tokio::time::timeout(PATIENCE, consumer.next()).await.expect("a dead letter in time").unwrap().unwrap()
}

/// Checks why a message is dead, and forgets it. Returns the detail.
pub(crate) async fn expect_dead(
    bus: &Bus,
    source: Source,
    reason: transport::DeadLetterReason,
    attempts: u32,
) -> (String, Envelope) {
    let delivery = dead_letter(bus, source).await;
    let dead = delivery.dead_letter.clone().expect("it says why it is dead");
    assert_eq!((dead.reason, dead.attempts), (reason, attempts), "{}", dead.detail);
    let envelope = Envelope::clone(&delivery.envelope);
    delivery.settle(Settlement::Acknowledge).await.unwrap();
    (dead.detail, envelope)
}

pub(crate) fn commands() -> Source {
    Source::Commands { service: "shop".into() }
}

pub(crate) fn to_commands() -> Address {
    Address::Commands { service: "shop".into() }
}

pub(crate) fn to_calls() -> Address {
    Address::Calls { service: "shop".into() }
}
