//! The in-process driver, with hooks for a defect.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::{Stream, StreamExt, stream};
use lessmq::Result;
use lessmq::envelope::Envelope;
use lessmq::testing::conformance::{Harness, Resource, RestartableBroker};
use lessmq::transport::memory::Memory;
use lessmq::transport::{
    Acknowledger, Capabilities, ConnectionStatus, ConsumeOptions, Consumer, Delivery, Outgoing, Queue,
    Replies, SettleFuture, Settlement, Source, Status, Transport,
};
use tokio::time::Instant;

/// One defect. Every hook does the right thing unless it is overridden.
#[async_trait]
pub(crate) trait Fault: Send + Sync + 'static {
    fn capabilities(&self, honest: Capabilities) -> Capabilities {
        honest
    }

    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        bus.publish_one(message).await
    }

    /// Publishes one message after the other.
    async fn publish_batch(&self, bus: &Memory, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        let mut results = Vec::new();
        for message in batch {
            results.push(self.publish(bus, message).await);
        }
        results
    }

    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        call.send(bus)
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        bus.consume(source, options).await
    }

    /// Changes a delivery before the consumer gets it.
    fn alter_delivery(&self, delivery: Delivery) -> Delivery {
        delivery
    }

    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        unsettled.acknowledger.settle(settlement).await
    }

    fn drop_unsettled(&self, unsettled: Unsettled) {
        drop(unsettled);
    }

    async fn status(&self, bus: &Memory, source: &Source) -> Result<Status> {
        bus.status(source).await
    }

    async fn purge(&self, bus: &Memory, source: &Source) -> Result<Option<u64>> {
        bus.purge(source).await
    }

    async fn delete(&self, bus: &Memory, source: &Source) -> Result<()> {
        bus.delete(source).await
    }

    async fn close(&self, bus: &Memory) -> Result<()> {
        bus.close().await
    }

    /// Stops the broker and starts it again. A bus in memory keeps everything.
    async fn restart(&self, _: &Memory) -> Result<()> {
        Ok(())
    }

    /// How many channels are open, which the harness reports.
    fn channels(&self) -> usize {
        0
    }
}

/// A call that is to be sent.
pub(crate) struct OutgoingCall<'a> {
    pub(crate) to: &'a Queue,
    pub(crate) message: Arc<Envelope>,
    pub(crate) deadline: Instant,
}

impl<'a> OutgoingCall<'a> {
    pub(crate) fn send(self, bus: &'a Memory) -> Replies<'a> {
        bus.call(self.to, self.message, self.deadline)
    }
}

/// A delivery that is not settled.
pub(crate) struct Unsettled {
    pub(crate) bus: Memory,
    pub(crate) source: Source,
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) is_call: bool,
    pub(crate) acknowledger: Box<dyn Acknowledger>,
}

impl Unsettled {
    /// Settles in the background, for hooks that cannot wait.
    pub(crate) fn spawn_settle(self, settlement: Settlement) {
        tokio::spawn(self.acknowledger.settle(settlement));
    }
}

/// A bus whose connections share a defect.
pub(crate) struct FaultyHarness {
    bus: Memory,
    fault: Arc<dyn Fault>,
}

impl FaultyHarness {
    pub(crate) fn new(fault: Arc<dyn Fault>) -> Self {
        Self { bus: Memory::new(), fault }
    }
}

#[async_trait]
impl Harness for FaultyHarness {
    async fn connect(&self) -> Result<Arc<dyn Transport>> {
        let bus = self.bus.connect();
        let capabilities = self.fault.capabilities(bus.capabilities().clone());
        Ok(Arc::new(Faulty { bus, fault: self.fault.clone(), capabilities }))
    }

    async fn start_broker(&self) -> Result<Option<Box<dyn RestartableBroker>>> {
        Ok(Some(Box::new(FaultyBroker(Self::new(self.fault.clone())))))
    }

    async fn resources(&self, _: &dyn Transport) -> Vec<Resource> {
        vec![Resource { name: "channels", count: self.fault.channels() }]
    }
}

struct FaultyBroker(FaultyHarness);

#[async_trait]
impl RestartableBroker for FaultyBroker {
    fn harness(&self) -> &dyn Harness {
        &self.0
    }

    async fn restart(&self) -> Result<()> {
        self.0.fault.restart(&self.0.bus).await
    }
}

struct Faulty {
    bus: Memory,
    fault: Arc<dyn Fault>,
    capabilities: Capabilities,
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for Faulty {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn connection_status(&self) -> ConnectionStatus {
        self.bus.connection_status()
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        self.fault.publish_batch(&self.bus, batch).await
    }

    async fn publish_one(&self, message: Outgoing) -> Result<()> {
        self.fault.publish(&self.bus, message).await
    }

    fn call<'a>(&'a self, to: &'a Queue, message: Arc<Envelope>, deadline: Instant) -> Replies<'a> {
        self.fault.call(&self.bus, OutgoingCall { to, message, deadline })
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let consumer = self.fault.consume(&self.bus, source, options).await?;
        let (bus, fault, source) = (self.bus.clone(), self.fault.clone(), source.clone());
        Ok(Consumer::new(
            deliveries(consumer)
                .map(move |delivery| Ok(fault.alter_delivery(hook(&bus, &fault, &source, delivery?)))),
        ))
    }

    async fn status(&self, source: &Source) -> Result<Status> {
        self.fault.status(&self.bus, source).await
    }

    async fn purge(&self, source: &Source) -> Result<Option<u64>> {
        self.fault.purge(&self.bus, source).await
    }

    async fn delete(&self, source: &Source) -> Result<()> {
        self.fault.delete(&self.bus, source).await
    }

    async fn close(&self) -> Result<()> {
        self.fault.close(&self.bus).await
    }
}

/// The stream that a consumer was made of.
pub(crate) fn deliveries(consumer: Consumer) -> impl Stream<Item = Result<Delivery>> + Send {
    stream::unfold(consumer, |mut consumer| async { Some((consumer.next().await?, consumer)) })
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hook(bus: &Memory, fault: &Arc<dyn Fault>, source: &Source, mut delivery: Delivery) -> Delivery {
    let unsettled = Unsettled {
        bus: bus.clone(),
        source: source.clone(),
        envelope: delivery.envelope.clone(),
        is_call: delivery.responder.is_some(),
        acknowledger: delivery.acknowledger,
    };
    delivery.acknowledger = Box::new(Hook { fault: fault.clone(), unsettled: Some(unsettled) });
    delivery
}

struct Hook {
    fault: Arc<dyn Fault>,
    unsettled: Option<Unsettled>,
}

impl Acknowledger for Hook {
    fn settle(mut self: Box<Self>, settlement: Settlement) -> SettleFuture {
        SettleFuture::until(async move {
            let unsettled = self.unsettled.take().expect("a message is settled once");
            self.fault.settle(unsettled, settlement).await
        })
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        if let Some(unsettled) = self.unsettled.take() {
            self.fault.drop_unsettled(unsettled);
        }
    }
}
