//! A driver over the in-process bus that can be slow and can do less.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use lessmq::envelope::{Envelope, Frame};
use lessmq::transport::memory::Memory;
use lessmq::transport::{
    Acknowledger, Capabilities, ConnectionStatus, ConsumeOptions, Consumer, Delivery, Outgoing, Queue,
    Replies, Responder, SettleFuture, Settlement, Source, Status, Transport,
};
use lessmq::{Bus, Error, ErrorKind};
use tokio::time::{Instant, sleep};

/// What a test changes about the in-process bus.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) capabilities: Capabilities,
    /// How long acknowledgements take.
    pub(crate) acknowledge: Duration,
    /// How long it takes to store a dead letter.
    pub(crate) dead_letter: Duration,
    /// How long it takes to send a reply.
    pub(crate) reply: Duration,
    /// How long a delivery is leased; `None` without leases.
    pub(crate) lease: Option<Duration>,
}

/// What a [`ScriptedBroker`] has done.
#[derive(Debug, Default)]
pub(crate) struct Record {
    consumed: Mutex<HashMap<String, usize>>,
    settled: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

/// The in-process bus with a [`Script`].
#[derive(Debug)]
pub(crate) struct ScriptedBroker {
    inner: Memory,
    script: Script,
    record: Arc<Record>,
}

impl Script {
    /// No change.
    pub(crate) fn new() -> Self {
        let capabilities = Memory::new().capabilities().clone();
        let zero = Duration::ZERO;
        Self { capabilities, acknowledge: zero, dead_letter: zero, reply: zero, lease: None }
    }

    /// A new bus with this script.
    pub(crate) fn bus(self) -> (Bus, Arc<Record>) {
        self.bus_over(Memory::new())
    }

    /// A connection to a bus.
    pub(crate) fn bus_over(self, inner: Memory) -> (Bus, Arc<Record>) {
        let record = Arc::<Record>::default();
        let broker = ScriptedBroker { inner, script: self, record: Arc::clone(&record) };
        (Bus::new(Arc::new(broker)), record)
    }
}

impl Record {
    /// How many consumers were started.
    pub(crate) fn consumers(&self) -> usize {
        self.consumed.lock().unwrap().values().sum()
    }

    /// How many consumers of a source were started.
    pub(crate) fn consumers_of(&self, source: &str) -> usize {
        self.consumed.lock().unwrap().get(source).copied().unwrap_or_default()
    }

    /// How many deliveries were settled.
    pub(crate) fn settled(&self) -> usize {
        self.settled.load(Ordering::SeqCst)
    }

    /// How many slow settlements and replies are in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// How many were in flight at most.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }

    /// `work` after a delay, counted while it is in flight.
    fn delayed(self: &Arc<Self>, delay: Duration, work: SettleFuture) -> SettleFuture {
        if delay.is_zero() {
            return work;
        }
        let record = Arc::clone(self);
        SettleFuture::until(async move {
            let _counted = InFlight::new(&record);
            sleep(delay).await;
            work.await
        })
    }
}

struct InFlight<'a>(&'a Record);

impl<'a> InFlight<'a> {
    fn new(record: &'a Record) -> Self {
        let now = record.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        record.most_in_flight.fetch_max(now, Ordering::SeqCst);
        Self(record)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

struct SlowAcknowledger {
    inner: Box<dyn Acknowledger>,
    script: Script,
    record: Arc<Record>,
}

impl Acknowledger for SlowAcknowledger {
    fn settle(self: Box<Self>, settlement: Settlement) -> SettleFuture {
        self.record.settled.fetch_add(1, Ordering::SeqCst);
        let delay = match settlement {
            Settlement::Acknowledge => self.script.acknowledge,
            Settlement::DeadLetter(_) => self.script.dead_letter,
            Settlement::Retry { .. } | Settlement::Release | Settlement::Redrive => Duration::ZERO,
        };
        let Self { inner, record, .. } = *self;
        if delay.is_zero() {
            return inner.settle(settlement);
        }
        record.delayed(delay, SettleFuture::until(async move { inner.settle(settlement).await }))
    }

    fn lost(&self) -> Option<BoxFuture<'static, ()>> {
        self.script.lease.map(|lease| sleep(lease).boxed())
    }
}

struct SlowResponder {
    inner: Arc<dyn Responder>,
    delay: Duration,
    record: Arc<Record>,
}

impl Responder for SlowResponder {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        let inner = Arc::clone(&self.inner);
        if self.delay.is_zero() {
            return inner.send(frame);
        }
        self.record.delayed(self.delay, SettleFuture::until(async move { inner.send(frame).await }))
    }
}

fn slow(mut delivery: Delivery, script: &Script, record: &Arc<Record>) -> Delivery {
    let (script, record) = (script.clone(), Arc::clone(record));
    delivery.responder = delivery.responder.map(|inner| {
        let (delay, record) = (script.reply, Arc::clone(&record));
        Arc::new(SlowResponder { inner, delay, record }) as Arc<dyn Responder>
    });
    delivery.acknowledger = Box::new(SlowAcknowledger { inner: delivery.acknowledger, script, record });
    delivery
}

#[async_trait::async_trait]
impl Transport for ScriptedBroker {
    fn capabilities(&self) -> &Capabilities {
        &self.script.capabilities
    }

    fn connection_status(&self) -> ConnectionStatus {
        self.inner.connection_status()
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<lessmq::Result<()>> {
        self.inner.publish(batch).await
    }

    fn call<'a>(&'a self, to: &'a Queue, message: Arc<Envelope>, deadline: Instant) -> Replies<'a> {
        self.inner.call(to, message, deadline)
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> lessmq::Result<Consumer> {
        *self.record.consumed.lock().unwrap().entry(source.to_string()).or_default() += 1;
        let consumer = self.inner.consume(source, options).await?;
        let (script, record) = (self.script.clone(), Arc::clone(&self.record));
        Ok(Consumer::new(futures_util::stream::unfold(consumer, move |mut consumer| {
            let (script, record) = (script.clone(), Arc::clone(&record));
            async move {
                let delivery = consumer.next().await?;
                Some((delivery.map(|delivery| slow(delivery, &script, &record)), consumer))
            }
        })))
    }

    async fn status(&self, source: &Source) -> lessmq::Result<Status> {
        if !self.script.capabilities.status {
            return Err(Error::new(ErrorKind::Unsupported, "this broker does not count messages"));
        }
        self.inner.status(source).await
    }

    async fn purge(&self, source: &Source) -> lessmq::Result<Option<u64>> {
        self.inner.purge(source).await
    }

    async fn delete(&self, source: &Source) -> lessmq::Result<()> {
        self.inner.delete(source).await
    }

    async fn close(&self) -> lessmq::Result<()> {
        self.inner.close().await
    }
}
