//! Defects when the broker restarts.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use lessmq::Result;
use lessmq::transport::memory::Memory;
use lessmq::transport::{Capabilities, Destination, Outgoing, Queue, Transport};

use crate::driver::{Fault, lock};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    vec![row(
        "loses queues when the broker restarts",
        LosesQueues::default(),
        &[
            "stored_messages_survive_a_restart_of_the_broker",
            "consumers_are_restored_after_a_restart_of_the_broker",
        ],
    )]
}

/// Claims to be durable, and deletes every queue that was used.
#[derive(Default)]
struct LosesQueues(Mutex<HashSet<Queue>>);

#[async_trait]
impl Fault for LosesQueues {
    fn capabilities(&self, mut honest: Capabilities) -> Capabilities {
        honest.durable = true;
        honest
    }

    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        if let Destination::Queue(queue) = &message.destination {
            lock(&self.0).insert(queue.clone());
        }
        bus.publish_one(message).await
    }

    async fn restart(&self, bus: &Memory) -> Result<()> {
        let queues = std::mem::take(&mut *lock(&self.0));
        for queue in queues {
            bus.delete(&queue.into()).await?;
        }
        Ok(())
    }
}
