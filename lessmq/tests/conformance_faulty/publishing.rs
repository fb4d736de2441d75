//! Defects of publishing.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use lessmq::transport::memory::Memory;
use lessmq::transport::{
    Capabilities, ConsumeOptions, Consumer, Destination, Outgoing, Source, Topic, Transport,
};
use lessmq::{Error, ErrorKind, Result};
use tokio::time::sleep;

use crate::driver::{Fault, deliveries, lock};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row("stores nothing", StoresNothing, &["a_command_is_delivered"]),
        row("publishes twice", PublishesTwice, &["a_command_is_delivered_once_when_nothing_fails"]),
        row(
            "stores a message only if a consumer waits for it",
            NeedsConsumer::default(),
            &[
                "a_command_waits_for_a_service_that_was_never_started",
                "a_command_waits_while_there_is_no_consumer",
                "a_group_keeps_its_events_while_there_is_no_consumer",
            ],
        ),
        row(
            "loses messages that are published at the same time",
            LosesConcurrent::default(),
            &["commands_of_many_tasks_all_arrive"],
        ),
        row(
            "reorders messages",
            Reorders,
            &[
                "an_ordered_source_keeps_the_order_of_publishing",
                "an_ordered_subscription_keeps_the_order_of_publishing",
            ],
        ),
        row(
            "refuses events without subscriptions",
            RefusesUnrouted::default(),
            &["an_event_without_subscriptions_is_accepted"],
        ),
    ]
}

/// Claims other capabilities than it has.
pub(crate) struct Claiming(pub(crate) fn(&mut Capabilities));

impl Fault for Claiming {
    fn capabilities(&self, mut honest: Capabilities) -> Capabilities {
        (self.0)(&mut honest);
        honest
    }
}

struct StoresNothing;

#[async_trait]
impl Fault for StoresNothing {
    async fn publish(&self, _: &Memory, _: Outgoing) -> Result<()> {
        Ok(())
    }
}

struct PublishesTwice;

#[async_trait]
impl Fault for PublishesTwice {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        bus.publish_one(message.clone()).await?;
        bus.publish_one(message).await
    }
}

/// Each running consumer holds a clone.
#[derive(Default)]
struct NeedsConsumer(Arc<()>);

#[async_trait]
impl Fault for NeedsConsumer {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        if Arc::strong_count(&self.0) == 1 { Ok(()) } else { bus.publish_one(message).await }
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let (consumer, running) = (bus.consume(source, options).await?, self.0.clone());
        Ok(Consumer::new(deliveries(consumer).inspect(move |_| {
            let _ = &running;
        })))
    }
}

#[derive(Default)]
struct LosesConcurrent(AtomicUsize);

#[async_trait]
impl Fault for LosesConcurrent {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        let in_progress = self.0.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_millis(1)).await;
        let published = if in_progress < 10 { bus.publish_one(message).await } else { Ok(()) };
        self.0.fetch_sub(1, Ordering::SeqCst);
        published
    }
}

struct Reorders;

#[async_trait]
impl Fault for Reorders {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        if &*message.envelope.data != b"7" {
            return bus.publish_one(message).await;
        }
        let bus = bus.clone();
        tokio::spawn(async move {
            sleep(Duration::from_millis(1)).await;
            bus.publish_one(message).await
        });
        Ok(())
    }
}

#[derive(Default)]
struct RefusesUnrouted(Mutex<HashSet<Topic>>);

#[async_trait]
impl Fault for RefusesUnrouted {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        if let Destination::Topic(topic) = &message.destination
            && !lock(&self.0).contains(topic)
        {
            return Err(Error::new(ErrorKind::Topology, "no queue is bound"));
        }
        bus.publish_one(message).await
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if let Source::Subscription(subscription) = source {
            lock(&self.0).extend(subscription.topics.iter().cloned());
        }
        bus.consume(source, options).await
    }
}
