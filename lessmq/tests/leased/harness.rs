//! Helpers of the tests.

use std::sync::Arc;
use std::time::Duration;

use lessmq::Result;
use lessmq::envelope::{Envelope, Frame};
use lessmq::name::Name;
use lessmq::transport::leased::Leased;
use lessmq::transport::leased::scripted::Scripted;
use lessmq::transport::{
    ConsumeOptions, Consumer, Delivery, Destination, Group, Outgoing, Queue, Settlement, Source,
    Subscription, Topic, Transport,
};
use tokio::time::{Instant, timeout};

/// Longer than any wait of these tests.
pub(crate) const SOON: Duration = Duration::from_secs(120);
/// How long a message is leased.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

pub(crate) const COMMANDS: &str = "shop_user_commands";
pub(crate) const DEAD: &str = "shop_user_commands_dead";
pub(crate) const CALLS: &str = "shop_user_calls";

pub(crate) fn name(name: &str) -> Name {
    name.parse().unwrap()
}

pub(crate) fn connect(broker: &Scripted) -> Leased {
    Leased::new(broker.clone(), &name("shop"))
}

pub(crate) fn commands() -> Queue {
    Queue::Commands { service: name("user"), ordered: false }
}

pub(crate) fn ordered_commands() -> Queue {
    Queue::Commands { service: name("user"), ordered: true }
}

pub(crate) fn calls() -> Queue {
    Queue::Calls { service: name("user") }
}

pub(crate) fn event() -> Topic {
    Topic::Event { service: name("user"), event: "made".parse().unwrap(), ordered: false }
}

pub(crate) fn broadcast() -> Source {
    Subscription::new(name("user"), vec![event()], Group::Broadcast).into()
}

pub(crate) fn message(number: u32) -> Envelope {
    Envelope::new("test", "user.test", number.to_string())
}

pub(crate) fn keyed(number: u32, key: &str) -> Envelope {
    let mut message = message(number);
    message.partition_key = Some(key.into());
    message
}

pub(crate) fn outgoing(to: impl Into<Destination>, number: u32) -> Outgoing {
    Outgoing::new(to, message(number))
}

/// Publishes these numbers, one after the other.
pub(crate) async fn publish(bus: &Leased, to: &Queue, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        bus.publish_one(outgoing(to.clone(), number)).await.unwrap();
    }
}

pub(crate) async fn consume(bus: &Leased, source: impl Into<Source>, prefetch: u16) -> Consumer {
    bus.consume(&source.into(), ConsumeOptions::new(prefetch)).await.unwrap()
}

pub(crate) async fn next(consumer: &mut Consumer) -> Delivery {
    timeout(SOON, consumer.next())
        .await
        .expect("a delivery arrives")
        .expect("the consumer continues")
        .unwrap()
}

/// Checks that nothing arrives for this long.
pub(crate) async fn nothing_for(consumer: &mut Consumer, time: Duration) {
    if let Ok(next) = timeout(time, consumer.next()).await {
        panic!("nothing was expected, and {next:?} arrived");
    }
}

pub(crate) fn number(delivery: &Delivery) -> u32 {
    String::from_utf8_lossy(&delivery.envelope.data).parse().unwrap()
}

pub(crate) async fn acknowledge(delivery: Delivery) -> Result<()> {
    delivery.settle(Settlement::Acknowledge).await
}

/// Acknowledges `count` deliveries, and returns their numbers.
pub(crate) async fn acknowledge_many(consumer: &mut Consumer, count: usize) -> Vec<u32> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        let delivery = next(consumer).await;
        numbers.push(number(&delivery));
        acknowledge(delivery).await.unwrap();
    }
    numbers
}

/// Makes a call in a task, as callers do.
pub(crate) fn call(
    bus: &Arc<Leased>,
    number: u32,
    timeout: Duration,
) -> tokio::task::JoinHandle<Result<Frame>> {
    let bus = Arc::clone(bus);
    tokio::spawn(async move {
        let deadline = Instant::now() + timeout;
        bus.call(&calls(), message(number).into(), deadline).only().await
    })
}

/// Acknowledges a call and replies with its own number.
pub(crate) async fn answer(mut delivery: Delivery) {
    let responder = delivery.responder.take().expect("a call has a responder");
    let reply = Frame::bare(delivery.envelope.data.clone());
    acknowledge(delivery).await.unwrap();
    responder.send(reply).await.unwrap();
}

/// Lets tasks that are ready run.
pub(crate) async fn settle_down() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
