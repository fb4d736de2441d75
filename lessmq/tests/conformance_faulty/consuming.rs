//! Defects of consuming.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use lessmq::transport::memory::Memory;
use lessmq::transport::{
    Acknowledger, ConsumeOptions, Consumer, Delivery, Outgoing, SettleFuture, Settlement, Source, Transport,
};
use lessmq::{Error, ErrorKind, Result};
use tokio::sync::mpsc;
use tokio::task::yield_now;

use crate::driver::{Fault, deliveries, lock};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "subscribes when its consumer is polled",
            SubscribesLate,
            &["an_event_after_consume_is_not_missed"],
        ),
        row("ignores prefetch", IgnoresPrefetch, &["prefetch_limits_the_unsettled_deliveries"]),
        row(
            "delivers everything to the first consumer",
            FirstConsumer::default(),
            &[
                "competing_consumers_share_the_commands",
                "providers_share_the_calls",
                "another_consumer_takes_over_an_ordered_source",
            ],
        ),
        row(
            "creates an ordered queue when it is consumed",
            LearnsOrderLate::default(),
            &["ordered_commands_wait_for_a_service_that_was_never_started"],
        ),
        row(
            "loses the messages that a dropped consumer had buffered",
            LosesBuffered,
            &["a_dropped_consumer_returns_the_messages_it_had_buffered"],
        ),
        row(
            "cannot settle after the consumer was dropped",
            SettlesWhileConsuming,
            &["a_delivery_can_be_settled_after_its_consumer_was_dropped"],
        ),
        row(
            "consumes a source only once",
            ConsumesOnce::default(),
            &["one_connection_can_consume_a_source_twice"],
        ),
        row(
            "fails a consumer that starts at the same time as another",
            StartsOneAtATime::default(),
            &["consumers_can_start_at_the_same_time"],
        ),
    ]
}

struct SubscribesLate;

#[async_trait]
impl Fault for SubscribesLate {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let (bus, source) = (bus.clone(), source.clone());
        let consuming = async move { bus.consume(&source, options).await.map(deliveries) };
        Ok(Consumer::new(stream::once(consuming).flat_map(|consuming| match consuming {
            Ok(deliveries) => deliveries.boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        })))
    }
}

struct IgnoresPrefetch;

#[async_trait]
impl Fault for IgnoresPrefetch {
    async fn consume(&self, bus: &Memory, source: &Source, _: ConsumeOptions) -> Result<Consumer> {
        bus.consume(source, ConsumeOptions::new(1000)).await
    }
}

#[derive(Default)]
struct FirstConsumer(Mutex<HashSet<Source>>);

#[async_trait]
impl Fault for FirstConsumer {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if !lock(&self.0).insert(source.clone()) {
            return Ok(Consumer::new(stream::pending()));
        }
        bus.consume(source, options).await
    }
}

/// A driver whose queues are created by the first message, and cannot be changed.
#[derive(Default)]
struct LearnsOrderLate(AtomicBool);

#[async_trait]
impl Fault for LearnsOrderLate {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        self.0.store(true, Ordering::SeqCst);
        bus.publish_one(message).await
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if source.is_ordered() && self.0.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Topology, "the queue exists and is not ordered"));
        }
        bus.consume(source, options).await
    }
}

struct LosesBuffered;

#[async_trait]
impl Fault for LosesBuffered {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let mut consumer = bus.consume(source, options).await?;
        let (sender, receiver) = mpsc::channel(usize::from(options.prefetch));
        tokio::spawn(async move {
            while let Some(Ok(delivery)) = consumer.next().await {
                if let Err(mpsc::error::SendError(unwanted)) = sender.send(delivery).await {
                    let _ = unwanted.settle(Settlement::Acknowledge).await;
                }
            }
        });
        Ok(Consumer::new(stream::unfold(Buffer(receiver), |mut buffer| async {
            Some((Ok(buffer.0.recv().await?), buffer))
        })))
    }
}

struct Buffer(mpsc::Receiver<Delivery>);

impl Drop for Buffer {
    fn drop(&mut self) {
        while let Ok(delivery) = self.0.try_recv() {
            tokio::spawn(delivery.settle(Settlement::Acknowledge));
        }
    }
}

struct SettlesWhileConsuming;

#[async_trait]
impl Fault for SettlesWhileConsuming {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let (consumer, running) = (bus.consume(source, options).await?, Arc::new(()));
        Ok(Consumer::new(deliveries(consumer).map(move |delivery| {
            let mut delivery = delivery?;
            let running = Arc::downgrade(&running);
            delivery.acknowledger = Box::new(WhileConsuming { running, inner: delivery.acknowledger });
            Ok(delivery)
        })))
    }
}

struct WhileConsuming {
    running: Weak<()>,
    inner: Box<dyn Acknowledger>,
}

impl Acknowledger for WhileConsuming {
    fn settle(self: Box<Self>, settlement: Settlement) -> SettleFuture {
        if self.running.strong_count() == 0 {
            let error = Error::new(ErrorKind::Connection, "the channel of the consumer is closed");
            return SettleFuture::done(Err(error));
        }
        self.inner.settle(settlement)
    }
}

#[derive(Default)]
struct ConsumesOnce(Mutex<HashSet<Source>>);

#[async_trait]
impl Fault for ConsumesOnce {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if !lock(&self.0).insert(source.clone()) {
            return Err(Error::new(ErrorKind::Topology, "the queue has a consumer"));
        }
        bus.consume(source, options).await
    }
}

#[derive(Default)]
struct StartsOneAtATime(AtomicUsize);

#[async_trait]
impl Fault for StartsOneAtATime {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let starting = self.0.fetch_add(1, Ordering::SeqCst);
        yield_now().await;
        self.0.fetch_sub(1, Ordering::SeqCst);
        if starting > 0 {
            return Err(Error::new(ErrorKind::Topology, "the queue is being declared"));
        }
        bus.consume(source, options).await
    }
}
