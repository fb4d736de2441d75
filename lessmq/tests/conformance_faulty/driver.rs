//! The in-process driver, with hooks for a defect.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use lessmq::Result;
use lessmq::envelope::{Envelope, Reply};
use lessmq::testing::conformance::Harness;
use lessmq::transport::memory::Memory;
use lessmq::transport::{
    Acknowledger, Address, Capabilities, ConsumeOptions, Consumer, Delivery, Settlement, Settling, Source,
    Transport,
};
use tokio::time::Instant;

/// One defect. Every hook does what is right unless it is overridden.
#[async_trait]
pub(crate) trait Fault: Send + Sync + 'static {
    fn capabilities(&self, honest: Capabilities) -> Capabilities {
        honest
    }

    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        bus.publish(to, message).await
    }

    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        deadline: Instant,
    ) -> Result<Reply> {
        bus.request(to, message, deadline).await
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        bus.consume(source, options).await
    }

    fn deliver(&self, delivery: Delivery) -> Delivery {
        delivery
    }

    async fn settle(&self, held: Held, settlement: Settlement) -> Result<()> {
        held.acknowledger.settle(settlement).await
    }

    fn drop_unsettled(&self, held: Held) {
        drop(held);
    }

    async fn close(&self, bus: &Memory) -> Result<()> {
        bus.close().await
    }
}

/// A message that is out.
pub(crate) struct Held {
    pub(crate) bus: Memory,
    pub(crate) source: Source,
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) is_call: bool,
    pub(crate) acknowledger: Box<dyn Acknowledger>,
}

impl Held {
    /// Settles in the background, for hooks that cannot wait.
    pub(crate) fn settle_soon(self, settlement: Settlement) {
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
        Ok(Arc::new(Faulty { bus: self.bus.connect(), fault: self.fault.clone() }))
    }
}

struct Faulty {
    bus: Memory,
    fault: Arc<dyn Fault>,
}

impl std::fmt::Debug for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faulty").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for Faulty {
    fn capabilities(&self) -> Capabilities {
        self.fault.capabilities(self.bus.capabilities())
    }

    async fn publish(&self, to: &Address, message: Arc<Envelope>) -> Result<()> {
        self.fault.publish(&self.bus, to, message).await
    }

    async fn request(&self, to: &Address, message: Arc<Envelope>, deadline: Instant) -> Result<Reply> {
        self.fault.request(&self.bus, to, message, deadline).await
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let consumer = self.fault.consume(&self.bus, source, options).await?;
        let (bus, fault, source) = (self.bus.clone(), self.fault.clone(), source.clone());
        Ok(Consumer::new(
            deliveries(consumer)
                .map(move |delivery| Ok(fault.deliver(hook(&bus, &fault, &source, delivery?)))),
        ))
    }

    async fn close(&self) -> Result<()> {
        self.fault.close(&self.bus).await
    }
}

/// A consumer as the stream that it was made of.
pub(crate) fn deliveries(consumer: Consumer) -> impl futures_util::Stream<Item = Result<Delivery>> + Send {
    stream::unfold(consumer, |mut consumer| async { Some((consumer.next().await?, consumer)) })
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hook(bus: &Memory, fault: &Arc<dyn Fault>, source: &Source, mut delivery: Delivery) -> Delivery {
    let held = Held {
        bus: bus.clone(),
        source: source.clone(),
        envelope: delivery.envelope.clone(),
        is_call: delivery.responder.is_some(),
        acknowledger: delivery.acknowledger,
    };
    delivery.acknowledger = Box::new(Hook { fault: fault.clone(), held: Some(held) });
    delivery
}

struct Hook {
    fault: Arc<dyn Fault>,
    held: Option<Held>,
}

impl Acknowledger for Hook {
    fn settle(mut self: Box<Self>, settlement: Settlement) -> Settling {
        Settling::until(async move {
            let held = self.held.take().expect("a message is settled once");
            self.fault.settle(held, settlement).await
        })
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            self.fault.drop_unsettled(held);
        }
    }
}
