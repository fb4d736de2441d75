//! One implementation of [`Transport`] for brokers that lease messages from named queues.
//!
//! A driver for such a broker implements [`LeasedBroker`], which only has requests. [`Leased`] makes a transport of it,
//! with these guarantees:
//!
//! | | |
//! | --- | --- |
//! | attempts | the broker's count of deliveries |
//! | retries | the lease ends after the delay |
//! | dead letters | a copy with the reason is stored in a separate queue, then the message is deleted |
//! | redriven dead letters | a copy without the reason is stored in its original queue, then the dead letter is deleted |
//! | slow handlers | leases are extended together, up to [`Capabilities::max_hold`] |
//! | calls, at most once | deleted before they are handled; one that was delivered before is dropped |
//! | deadlines | checked when a call is received, and when it is delivered |
//! | replies | one queue for each connection, created by its first call |
//! | broadcasts | one queue for each consumer |
//! | queues of processes that were killed | tagged, and removed by others after three missed heartbeats |
//! | order | by the broker, for each partition key |
//!
//! Requests are batched without a timer, and waiting for the broker never delays the next delivery.

mod admin;
mod broker;
mod buffer;
mod calls;
mod connection;
mod consumer;
mod message;
mod poller;
mod publisher;
mod receipts;
mod responder;
#[cfg(feature = "testing")]
pub mod scripted;
mod sender;
pub mod structured;
mod targets;
mod temporary;
mod unsettled;
mod watched;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

pub use self::broker::{BrokerLimits, LeasedBroker, LeasedQueue, LeasedTopic, QueueKind, Target};
use self::calls::Calls;
use self::connection::Connection;
pub use self::message::{LeasedMessage, Receipt, Received};
use self::publisher::Prepared;
pub use self::temporary::HEARTBEAT;
use super::{
    Capabilities, ConnectionStatus, ConsumeOptions, Consumer, Destination, Outgoing, Queue, Replies, Source,
    Status, Transport,
};
use crate::envelope::{Envelope, Frame};
use crate::error::{Error, ErrorKind, Result};
use crate::name::{ExternalName, Name};

/// How long closing waits for operations in progress.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// A [`Transport`] over a [`LeasedBroker`].
pub struct Leased {
    connection: Arc<Connection>,
    calls: Calls,
    capabilities: Capabilities,
}

impl Leased {
    /// A connection that creates names inside `namespace`.
    #[must_use]
    pub fn new(broker: impl LeasedBroker, namespace: &Name) -> Self {
        let capabilities =
            Capabilities { streams: false, purge: true, ..broker.limits().capabilities.clone() };
        let connection = Arc::new(Connection::new(broker, namespace));
        Self { connection, calls: Calls::new(None), capabilities }
    }

    /// Uses an existing queue for replies, for programs that may not create one. Only one connection may use it.
    #[must_use]
    pub fn with_reply_queue(self, name: ExternalName) -> Self {
        Self { calls: Calls::new(Some(name)), ..self }
    }

    async fn request(&self, to: &Queue, call: Arc<Envelope>, deadline: Instant) -> Result<Frame> {
        if matches!(to, Queue::Commands { .. }) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a command cannot be called: commands have no reply",
            ));
        }
        self.check_destination(&to.clone().into())?;
        self.capabilities.check_size(&call)?;
        self.calls.call(&self.connection, to, &call, deadline).await
    }

    fn prepare(&self, message: &Outgoing) -> Prepared {
        self.connection.check_open()?;
        self.check_destination(&message.destination)?;
        self.capabilities.check_size(&message.envelope)?;
        let target = targets::target(&self.connection.names, &message.destination);
        let (external, ordered) = (target.is_external(), target.is_ordered());
        Ok((target, LeasedMessage::from_envelope(&message.envelope, external, ordered)))
    }

    fn check_destination(&self, destination: &Destination) -> Result<()> {
        self.check_support(destination.is_external(), destination.is_ordered())
    }

    fn check_source(&self, source: &Source) -> Result<()> {
        self.check_support(source.origin().is_external(), source.is_ordered())
    }

    fn check_support(&self, external: bool, ordered: bool) -> Result<()> {
        let unsupported =
            |what| Err(Error::new(ErrorKind::Unsupported, format!("the broker does not support {what}")));
        if external && !self.capabilities.external {
            return unsupported("external queues and topics");
        }
        if ordered && !self.capabilities.ordering {
            return unsupported("ordered queues and topics");
        }
        Ok(())
    }
}

#[async_trait]
impl Transport for Leased {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn connection_status(&self) -> ConnectionStatus {
        self.connection.monitor.status()
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        publisher::publish(&self.connection, batch.iter().map(|message| self.prepare(message))).await
    }

    fn call<'a>(&'a self, to: &'a Queue, message: Arc<Envelope>, deadline: Instant) -> Replies<'a> {
        Replies::once(self.request(to, message, deadline))
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        self.connection.check_open()?;
        self.check_source(source)?;
        consumer::open(&self.connection, source, options).await
    }

    async fn status(&self, source: &Source) -> Result<Status> {
        self.connection.check_open()?;
        self.check_source(source)?;
        admin::status(&self.connection, source).await
    }

    async fn purge(&self, source: &Source) -> Result<Option<u64>> {
        self.connection.check_open()?;
        self.check_source(source)?;
        admin::purge(&self.connection, source).await
    }

    async fn delete(&self, source: &Source) -> Result<()> {
        self.connection.check_open()?;
        self.check_source(source)?;
        admin::delete(&self.connection, source).await
    }

    async fn close(&self) -> Result<()> {
        let connection = &self.connection;
        if connection.closing.is_cancelled() {
            return Ok(());
        }
        connection.closing.cancel();
        connection.consumers.close();
        connection.background.close();
        let ending = async {
            self.calls.end().await;
            connection.consumers.wait().await;
            connection.background.wait().await;
        };
        // Messages that were not released by then are delivered again when their leases end.
        let _ = timeout(LAST_REQUESTS, ending).await;
        join_all(connection.leasing().iter().map(|receipts| receipts.give_all_back())).await;
        let removed = connection.temporaries.remove_all().await;
        connection.monitor.set_disconnected("closed");
        removed.and(connection.broker.close().await)
    }
}

impl fmt::Debug for Leased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leased").field("broker", &self.connection.broker).finish_non_exhaustive()
    }
}
