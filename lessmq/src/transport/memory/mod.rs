//! The in-process transport: a bus of queues in the memory of this process.
//!
//! It keeps every promise of [`Transport`] but durability, so that tests and programs in one process need no
//! broker. What it adds to them:
//!
//! * Queues and exchanges that are "not ours" come into being by name. [`Address::Existing`] with an empty exchange
//!   puts a message into the queue that the routing key names; with another exchange, into every queue that
//!   [`Source::Existing`] has bound to exactly that exchange and routing key (there are no patterns).
//! * A consumer buffers nothing: a delivery leaves its queue when [`Consumer::next`] returns it.
//! * A message that comes back, by [`Settlement::Retry`](super::Settlement::Retry) or unsettled, goes before those
//!   that were published after it.
//! * The group of [`Group::Broadcast`](super::Group::Broadcast) has one list of dead letters per service.

mod call;
mod connection;
mod consumer;
mod member;
mod message;
mod queue;
mod settle;
mod topology;
mod waiting;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use self::connection::Connection;
use self::message::Message;
use super::{Address, Capabilities, ConsumeOptions, Consumer, Source, Transport};
use crate::envelope::{Envelope, Reply};
use crate::error::{Error, ErrorKind, Result};

const MAX_PAYLOAD: usize = 16 * 1024 * 1024;
const MAX_RETRY_DELAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A connection to a bus in this process.
///
/// ```
/// use std::time::Duration;
///
/// use lessmq::envelope::Envelope;
/// use lessmq::transport::memory::Memory;
/// use lessmq::transport::{Address, ConsumeOptions, Settlement, Source, Transport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> lessmq::Result<()> {
/// let bus = Memory::new();
/// let message = Envelope::new("web", "user.reindex", "{}");
/// bus.publish(&Address::Commands { service: "user".into() }, message.into()).await?;
///
/// let source = Source::Commands { service: "user".into() };
/// let mut consumer = bus.consume(&source, ConsumeOptions { prefetch: 1, ordered: false }).await?;
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

    /// Another connection to the same bus, as another process would have: closing one leaves the other open.
    #[must_use]
    pub fn connect(&self) -> Self {
        Self { connection: Connection::new(self.connection.bus().clone()) }
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
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: "memory",
            max_payload: MAX_PAYLOAD,
            max_retry_delay: MAX_RETRY_DELAY,
            ordered: true,
            existing: true,
            durable: false,
        }
    }

    async fn publish(&self, to: &Address, message: Arc<Envelope>) -> Result<()> {
        check_size(&message.data)?;
        self.connection.check_open()?;
        let stored = self.connection.bus().send(to, Message::stored(message));
        if let (Address::Calls { service }, false) = (to, stored) {
            return Err(unavailable(service));
        }
        Ok(())
    }

    /// Not an `async fn`, which would put another future around this one.
    fn request<'bus, 'to, 'call>(
        &'bus self,
        to: &'to Address,
        message: Arc<Envelope>,
        deadline: Instant,
    ) -> BoxFuture<'call, Result<Reply>>
    where
        'bus: 'call,
        'to: 'call,
    {
        Box::pin(call::request(&self.connection, to, Message::new(message), deadline))
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        Connection::consume(&self.connection, source, options)
    }

    async fn close(&self) -> Result<()> {
        self.connection.close();
        Ok(())
    }
}

fn check_size(data: &[u8]) -> Result<()> {
    let size = data.len();
    if size <= MAX_PAYLOAD {
        return Ok(());
    }
    let context = format!("a payload of {size} bytes is too large: the in-process bus takes {MAX_PAYLOAD}");
    Err(Error::new(ErrorKind::TooLarge, context))
}

fn unavailable(service: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("nobody has provided `{service}` on this bus"))
        .with_hint("start the service, or see that both sides use the same bus")
}
