//! The in-process driver passes the conformance suite, over many threads and on a paused clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lessmq::envelope::Envelope;
use lessmq::testing::conformance::Harness;
use lessmq::testing::conformance_tests;
use lessmq::transport::memory::Memory;
use lessmq::transport::{ConsumeOptions, Outgoing, Queue, Settlement, Transport};

#[derive(Default)]
struct MemoryHarness(Memory);

#[async_trait]
impl Harness for MemoryHarness {
    async fn connect(&self) -> lessmq::Result<Arc<dyn Transport>> {
        Ok(Arc::new(self.0.connect()))
    }

    fn repetitions(&self) -> u32 {
        10_000
    }

    fn quiet_period(&self) -> Duration {
        Duration::from_millis(10)
    }
}

mod over_many_threads {
    use super::*;

    conformance_tests!(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        MemoryHarness::default()
    );
}

mod on_a_paused_clock {
    use super::*;

    conformance_tests!(
        #[tokio::test(start_paused = true)]
        MemoryHarness::default()
    );
}

/// The suite admits both. In memory, a release is never counted.
#[tokio::test]
async fn a_release_does_not_count_as_an_attempt() {
    let bus = Memory::new();
    let commands = Queue::Commands { service: "shop".parse().unwrap(), ordered: false };
    bus.publish_one(Outgoing::new(commands.clone(), Envelope::bare("1"))).await.unwrap();
    let mut consumer = bus.consume(&commands.into(), ConsumeOptions::new(1)).await.unwrap();
    for _ in 0..3 {
        let delivery = consumer.next().await.unwrap().unwrap();
        assert_eq!(delivery.attempt, 1);
        delivery.settle(Settlement::Release).await.unwrap();
    }
}
