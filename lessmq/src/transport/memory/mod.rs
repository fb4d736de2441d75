//! The in-process transport: a bus of queues in the memory of this process.
//!
//! It has all guarantees of [`Transport`] except durability, so that tests and programs in one process need no broker.
//! In addition:
//!
//! * External queues and topics are created when they are first used, by name.
//! * A consumer buffers nothing: a message stays in its queue until [`Consumer::next`] returns it.
//! * A message that is delivered again, after [`Settlement::Retry`](super::Settlement::Retry) or unsettled, comes
//!   before messages that were published after it.
//! * [`Settlement::Release`](super::Settlement::Release) does not count as an attempt.
//! * Broadcast subscriptions of one service share one list of dead letters.

mod caller;
mod connection;
mod consumer;
mod deadlines;
mod member;
mod message;
mod queue;
mod request;
mod settle;
mod topology;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use self::connection::Connection;
use self::message::Message;
use super::{
    Capabilities, ConnectionStatus, ConsumeOptions, Consumer, Destination, Outgoing, Queue, Replies, Source,
    Status, Transport,
};
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, Result};

static CAPABILITIES: Capabilities = Capabilities {
    max_delay: Duration::from_secs(365 * 24 * 60 * 60),
    ordering: true,
    status: true,
    purge: true,
    external: true,
    parallel_consumers: true,
    ..Capabilities::new("memory", 16 * 1024 * 1024)
};

/// A connection to a bus in this process.
///
/// ```
/// use lessmq::envelope::Envelope;
/// use lessmq::name::Name;
/// use lessmq::transport::memory::Memory;
/// use lessmq::transport::{ConsumeOptions, Outgoing, Queue, Settlement, Transport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> lessmq::Result<()> {
/// let bus = Memory::new();
/// let commands = Queue::Commands { service: Name::parse("service", "user")?, ordered: false };
/// let message = Envelope::new("web", "user.reindex", "{}");
/// bus.publish_one(Outgoing::new(commands.clone(), message)).await?;
///
/// let mut consumer = bus.consume(&commands.into(), ConsumeOptions::new(1)).await?;
/// let delivery = consumer.next().await.expect("the bus is open")?;
/// assert_eq!(&*delivery.envelope.kind, "user.reindex");
/// delivery.settle(Settlement::Acknowledge).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Memory {
    connection: Arc<Connection>,
}

impl Memory {
    /// A connection to a new bus. Its clones are the same connection.
    #[must_use]
    pub fn new() -> Self {
        Self { connection: Connection::new(Arc::default()) }
    }

    /// Another connection to the same bus, as another process would have. Closing one does not close the other.
    #[must_use]
    pub fn connect(&self) -> Self {
        Self { connection: Connection::new(self.connection.bus().clone()) }
    }

    fn store(&self, message: Outgoing) -> Result<()> {
        self.connection.check_open()?;
        CAPABILITIES.check_size(&message.envelope)?;
        let stored = Message::published_now(message.envelope);
        match &message.destination {
            Destination::Queue(queue) => self.connection.bus().send_to_queue(queue, stored),
            Destination::Topic(topic) => {
                self.connection.bus().send_to_topic(topic, stored);
                Ok(())
            }
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for Memory {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn connection_status(&self) -> ConnectionStatus {
        self.connection.status()
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        batch.into_iter().map(|message| self.store(message)).collect()
    }

    async fn publish_one(&self, message: Outgoing) -> Result<()> {
        self.store(message)
    }

    fn call<'a>(&'a self, to: &'a Queue, message: Arc<Envelope>, deadline: Instant) -> Replies<'a> {
        Replies::new(request::call(&self.connection, to, Message::new(message), deadline))
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        consumer::consume(&self.connection, source, options)
    }

    async fn status(&self, source: &Source) -> Result<Status> {
        self.connection.check_open()?;
        Ok(self.connection.bus().find(source)?.status())
    }

    async fn purge(&self, source: &Source) -> Result<Option<u64>> {
        self.connection.check_open()?;
        check_ours(source)?;
        let dropped = self.connection.bus().find(source)?.purge();
        Ok(u64::try_from(dropped).ok())
    }

    async fn delete(&self, source: &Source) -> Result<()> {
        self.connection.check_open()?;
        check_ours(source)?;
        self.connection.bus().delete(source);
        Ok(())
    }

    async fn close(&self) -> Result<()> {
        self.connection.close();
        Ok(())
    }
}

/// Rejects external queues. Their dead letters are not external.
fn check_ours(source: &Source) -> Result<()> {
    match source {
        Source::Queue(Queue::External { name }) => {
            let context = format!("queue `{name}` is external: LessMQ does not purge or delete it");
            Err(Error::new(ErrorKind::Unsupported, context))
        }
        _ => Ok(()),
    }
}
