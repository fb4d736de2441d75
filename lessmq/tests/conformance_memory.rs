//! The in-process driver keeps the promises of a driver.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lessmq::testing::conformance::{self, Harness};
use lessmq::transport::Transport;
use lessmq::transport::memory::Memory;

struct MemoryHarness(Memory);

#[async_trait]
impl Harness for MemoryHarness {
    async fn connect(&self) -> lessmq::Result<Arc<dyn Transport>> {
        Ok(Arc::new(self.0.connect()))
    }

    fn lull(&self) -> Duration {
        Duration::from_millis(10)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_conforms_over_many_threads() {
    conformance::run_all(&MemoryHarness(Memory::new())).await.assert_passed();
}

#[tokio::test(start_paused = true)]
async fn memory_conforms_on_a_paused_clock() {
    conformance::run_all(&MemoryHarness(Memory::new())).await.assert_passed();
}
