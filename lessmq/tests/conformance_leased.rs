//! `Leased` over the scripted broker passes the conformance suite, over many threads and on a paused clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lessmq::name::Name;
use lessmq::testing::conformance::{External, Harness, RestartableBroker};
use lessmq::testing::conformance_tests;
use lessmq::transport::Transport;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use lessmq::transport::leased::{Leased, LeasedQueue, LeasedTopic, QueueKind};

#[derive(Default)]
struct ScriptedHarness(Scripted);

#[async_trait]
impl Harness for ScriptedHarness {
    async fn connect(&self) -> lessmq::Result<Arc<dyn Transport>> {
        Ok(Arc::new(Leased::new(self.0.clone(), &Name::parse("namespace", "test")?)))
    }

    async fn create_external(&self, id: &str) -> lessmq::Result<External> {
        let names = [format!("{id}-queue"), format!("{id}-topic"), format!("{id}-other")];
        let [queue, topic, other_topic] = names.map(|name| name.parse().expect("it is a valid name"));
        self.0.create_queue(LeasedQueue::new(format!("{id}-queue"), QueueKind::External));
        for topic in [&topic, &other_topic] {
            self.0.create_topic(&LeasedTopic::new(lessmq::name::ExternalName::as_str(topic)));
        }
        Ok(External { queue, topic, other_topic })
    }

    async fn start_broker(&self) -> lessmq::Result<Option<Box<dyn RestartableBroker>>> {
        Ok(Some(Box::new(Self::default())))
    }

    fn repetitions(&self) -> u32 {
        1_000
    }
}

#[async_trait]
impl RestartableBroker for ScriptedHarness {
    fn harness(&self) -> &dyn Harness {
        self
    }

    async fn restart(&self) -> lessmq::Result<()> {
        let every =
            [Operation::Ensure, Operation::Send, Operation::Receive, Operation::Delete, Operation::Extend];
        every.into_iter().for_each(|operation| self.0.script_always(operation, Fault::Throttle));
        self.0.end_leases();
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.0.clear();
        Ok(())
    }
}

mod over_many_threads {
    use super::*;

    conformance_tests!(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        ScriptedHarness::default()
    );
}

mod on_a_paused_clock {
    use super::*;

    conformance_tests!(
        #[tokio::test(start_paused = true)]
        ScriptedHarness::default()
    );
}
