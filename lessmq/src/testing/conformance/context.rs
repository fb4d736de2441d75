//! The context of a case: connections, names, and waiting with a timeout.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::check::{Check, Failure, ensure, fail};
use super::created::Created;
use super::harness::{External, Harness};
use super::message::number;
use super::service::{Service, name, unique_name};
use crate::name::Name;
use crate::transport::{ConsumeOptions, Consumer, Delivery, Settlement, Source, Transport};

/// The shortest delay that differs from no delay on a busy machine.
pub(super) const SHORT_DELAY: Duration = Duration::from_millis(200);

/// The context of one case.
pub(super) struct Context<'a> {
    pub(super) harness: &'a dyn Harness,
    /// The first connection. Cases do not close it.
    pub(super) bus: Arc<dyn Transport>,
    created: Arc<Created>,
}

impl<'a> Context<'a> {
    pub(super) async fn new(harness: &'a dyn Harness) -> Check<Self> {
        let bus = harness.connect().await?;
        Ok(Self { harness, bus, created: Arc::default() })
    }

    /// A service that no other case uses.
    pub(super) fn service(&self) -> Service {
        Service::new(unique_name(), self.created.clone())
    }

    /// Two services whose names differ only at the end.
    pub(super) fn services_of_similar_names(&self) -> (Service, Service) {
        let unique = unique_name();
        let start = &unique.as_str()[..Name::MAX_LENGTH - 1];
        let service = |last| Service::new(name(&format!("{start}{last}")), self.created.clone());
        (service('a'), service('b'))
    }

    /// A queue and topics that the driver did not create.
    pub(super) async fn external(&self) -> Check<External> {
        let external = self.harness.create_external(unique_name().as_str()).await?;
        self.created.record_external(&external);
        Ok(external)
    }

    /// Records a source that is deleted at the end of the case.
    pub(super) fn delete_at_end(&self, source: &Source) {
        self.created.record(source);
    }

    /// Deletes everything that the case created, as far as the driver can.
    pub(super) async fn clean_up(&self) {
        let (sources, external) = self.created.take();
        for source in &sources {
            // Errors are ignored, because this case does not check deletion.
            let _ = timeout(self.harness.timeout(), self.bus.delete(source)).await;
        }
        for external in &external {
            self.harness.delete_external(external).await;
        }
        self.harness.clean_up(&sources).await;
    }

    pub(super) async fn close(&self) -> Check {
        Ok(self.finish("close", self.bus.close()).await??)
    }

    pub(super) async fn connect(&self) -> Check<Arc<dyn Transport>> {
        Ok(self.harness.connect().await?)
    }

    /// Awaits an operation that must finish before the timeout.
    pub(super) async fn finish<T>(&self, operation: &str, future: impl Future<Output = T>) -> Check<T> {
        let limit = self.harness.timeout();
        let finished = timeout(limit, future).await;
        finished.map_err(|_| Failure::Broken(format!("{operation} did not finish within {limit:?}")))
    }

    /// The next delivery, which must arrive before the timeout.
    pub(super) async fn next(&self, consumer: &mut Consumer) -> Check<Delivery> {
        let limit = self.harness.timeout();
        match timeout(limit, consumer.next()).await {
            Ok(Some(delivery)) => Ok(delivery?),
            Ok(None) => fail("the consumer ended"),
            Err(_) => fail(format!("no delivery arrived within {limit:?}")),
        }
    }

    /// Acknowledges the next delivery, and returns its number.
    pub(super) async fn acknowledge_next(&self, consumer: &mut Consumer) -> Check<u64> {
        let delivery = self.next(consumer).await?;
        let number = number(&delivery.envelope.data);
        delivery.settle(Settlement::Acknowledge).await?;
        number
    }

    /// Acknowledges the next `count` deliveries, and returns their numbers in the order of delivery.
    pub(super) async fn acknowledge_many(&self, consumer: &mut Consumer, count: usize) -> Check<Vec<u64>> {
        let mut numbers = Vec::new();
        for _ in 0..count {
            numbers.push(self.acknowledge_next(consumer).await?);
        }
        Ok(numbers)
    }

    /// Acknowledges exactly these messages, each once and in any order, and checks that no others arrive.
    pub(super) async fn expect_exactly(
        &self,
        consumer: &mut Consumer,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Check {
        let mut missing: BTreeSet<u64> = numbers.into_iter().collect();
        while !missing.is_empty() {
            let number = self.acknowledge_next(consumer).await?;
            ensure(missing.remove(&number), || {
                format!("message {number} arrived, and only {missing:?} were still expected")
            })?;
        }
        self.expect_nothing(consumer).await
    }

    /// Checks that nothing is delivered for a while.
    pub(super) async fn expect_nothing(&self, consumer: &mut Consumer) -> Check {
        match timeout(self.harness.quiet_period(), consumer.next()).await {
            Err(_) => Ok(()),
            Ok(next) => fail(format!("expected no delivery, got {next:?}")),
        }
    }

    /// A consumer of the dead letters of `source`.
    pub(super) async fn dead_letters(&self, source: &Source) -> Check<Consumer> {
        let letters = Source::DeadLetters(Box::new(source.clone()));
        Ok(self.bus.consume(&letters, ConsumeOptions::new(10)).await?)
    }

    /// A deadline for calls that must be answered.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.harness.timeout()
    }
}
