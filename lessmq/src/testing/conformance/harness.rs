//! The harness of a driver, which its author writes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;
use crate::name::ExternalName;
use crate::transport::{Source, Transport};

/// How the suite uses a driver and its broker. Only [`Harness::connect`] is required.
#[async_trait]
pub trait Harness: Send + Sync {
    /// Opens a new connection. All connections of one harness use the same broker and the same namespace.
    ///
    /// # Errors
    /// Any; the case fails.
    async fn connect(&self) -> Result<Arc<dyn Transport>>;

    /// Creates a queue and two topics as a program without LessMQ would, and returns their names. `id` is unique; put
    /// it into the names. Called only for drivers with
    /// [`Capabilities::external`](crate::transport::Capabilities::external).
    ///
    /// The default creates nothing and names them `{id}.queue`, `{id}.topic` and `{id}.other-topic`, which is enough
    /// for a driver that creates external queues and topics when they are first used.
    ///
    /// # Errors
    /// Any; the case fails.
    async fn create_external(&self, id: &str) -> Result<External> {
        Ok(External {
            queue: ExternalName::parse("queue", &format!("{id}.queue"))?,
            topic: ExternalName::parse("topic", &format!("{id}.topic"))?,
            other_topic: ExternalName::parse("topic", &format!("{id}.other-topic"))?,
        })
    }

    /// Deletes what [`Harness::create_external`] created. Called at the end of the case. The default does nothing.
    async fn delete_external(&self, external: &External) {
        let _ = external;
    }

    /// Deletes everything that remains of a case. Called after the suite has deleted these sources with
    /// [`Transport::delete`]. The default does nothing; override it if the driver also creates topics, or to clean up a
    /// shared broker after a driver with a broken `delete`.
    async fn clean_up(&self, sources: &[Source]) {
        let _ = sources;
    }

    /// Starts a separate broker for one case, which restarts it. The default returns `None`: the cases about
    /// restarts are then reported as not run.
    ///
    /// # Errors
    /// Any; the case fails.
    async fn start_broker(&self) -> Result<Option<Box<dyn RestartableBroker>>> {
        Ok(None)
    }

    /// Counts the resources that `connection` uses on the broker and in the driver, such as channels, queues and
    /// waiting calls. After failed operations, the counts must be the same as before. The suite counts the tasks of the
    /// tokio runtime itself. The default counts nothing.
    async fn resources(&self, connection: &dyn Transport) -> Vec<Resource> {
        let _ = connection;
        Vec::new()
    }

    /// How many times the cases about resources repeat an operation that fails. This should take a few seconds, and be
    /// more than the broker's limits, such as channels per connection. The default is 500.
    fn repetitions(&self) -> u32 {
        500
    }

    /// How long a case waits for something that must happen. The default is ten seconds.
    fn timeout(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// How long a case waits for something that must not happen: longer than the broker usually takes to deliver a
    /// message. The default is 100 ms.
    fn quiet_period(&self) -> Duration {
        Duration::from_millis(100)
    }
}

/// A broker that one case uses alone. Dropping it stops the broker and deletes its data.
#[async_trait]
pub trait RestartableBroker: Send + Sync {
    /// A harness for this broker.
    fn harness(&self) -> &dyn Harness;

    /// Stops the broker and starts it again with its stored messages. Returns once the broker accepts connections.
    ///
    /// # Errors
    /// Any; the case fails.
    async fn restart(&self) -> Result<()>;
}

/// The names of a queue and two topics that LessMQ did not create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// A queue.
    pub queue: ExternalName,
    /// A topic.
    pub topic: ExternalName,
    /// Another topic. Messages to it do not reach `topic`.
    pub other_topic: ExternalName,
}

/// How many of one resource are in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The name of the resource, in the plural: `channels`.
    pub name: &'static str,
    /// How many are in use.
    pub count: usize,
}
