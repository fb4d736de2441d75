//! One live connection, from its handshake until it breaks.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::poll_fn;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use tokio::sync::Mutex as AsyncMutex;

use super::calls::{Replies, Route};
use super::failure::broken;
use super::publisher::Destination;
use crate::error::Result;
use crate::transport::Address;

/// A connection and what was set up on it. It does not outlive a broken connection; the next one starts afresh.
pub(super) struct Session {
    pub(super) connection: Connection,
    /// Where messages were published to before, ready for the next.
    pub(super) destinations: RwLock<HashMap<Address, Arc<Destination>>>,
    /// Where calls were sent to before.
    pub(super) routes: RwLock<HashMap<Address, Arc<Route>>>,
    /// The channel of everything that is not `mandatory`.
    shared: AsyncMutex<Option<Arc<ConfirmChannel>>>,
    /// The channel of calls and replies, which nobody confirms.
    unconfirmed: AsyncMutex<Option<Arc<Channel>>>,
    /// Where replies to calls come in, for as long as they do.
    pub(super) replies: AsyncMutex<Option<Arc<Replies>>>,
}

impl Session {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            destinations: RwLock::default(),
            routes: RwLock::default(),
            shared: AsyncMutex::default(),
            unconfirmed: AsyncMutex::default(),
            replies: AsyncMutex::default(),
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.connection.status().connected()
    }

    pub(super) async fn channel(&self) -> Result<Channel> {
        self.connection.create_channel().await.map_err(|error| broken("no channel could be opened", error))
    }

    /// A channel of its own whose publishes are confirmed.
    pub(super) async fn confirm_channel(&self) -> Result<ConfirmChannel> {
        let channel = self.channel().await?;
        let confirming = channel.confirm_select(ConfirmSelectOptions::default()).await;
        confirming.map_err(|error| broken("the broker does not confirm", error))?;
        Ok(ConfirmChannel { channel, order: Mutex::default() })
    }

    /// The confirming channel that all publishes share which cannot come back.
    pub(super) async fn shared_channel(&self) -> Result<Arc<ConfirmChannel>> {
        let mut shared = self.shared.lock().await;
        match &*shared {
            Some(channel) if channel.is_alive() => Ok(Arc::clone(channel)),
            _ => Ok(Arc::clone(shared.insert(Arc::new(self.confirm_channel().await?)))),
        }
    }

    /// The channel of calls and replies. Shared, for to clone a channel itself is to clone all of its parts.
    pub(super) async fn unconfirmed_channel(&self) -> Result<Arc<Channel>> {
        let mut unconfirmed = self.unconfirmed.lock().await;
        match &*unconfirmed {
            Some(channel) if channel.status().connected() => Ok(Arc::clone(channel)),
            _ => Ok(Arc::clone(unconfirmed.insert(Arc::new(self.channel().await?)))),
        }
    }

    /// Waits until all calls and replies were written to the socket, for which a last one goes after them that the
    /// broker drops: no queue has an empty name.
    pub(super) async fn flush(&self) {
        let channel = self.unconfirmed.lock().await.clone();
        let Some(channel) = channel else { return };
        let (exchange, routing_key, properties) = Default::default();
        let last = Outgoing { exchange, routing_key, mandatory: false, properties, data: &[] };
        // A channel that is closed has nothing left to write.
        let _ = publish_written(&channel, last).await;
    }
}

/// A message on its way out.
pub(super) struct Outgoing<'a> {
    pub(super) exchange: ShortString,
    pub(super) routing_key: ShortString,
    pub(super) mandatory: bool,
    pub(super) properties: BasicProperties,
    pub(super) data: &'a [u8],
}

/// A channel in confirm mode.
pub(super) struct ConfirmChannel {
    channel: Channel,
    /// lapin numbers a message and queues its frames under two locks. Two publishers that meet in between would
    /// each get the other's confirm, and one of them an `Ok` for a message that is not stored yet.
    order: Mutex<()>,
}

impl ConfirmChannel {
    pub(super) fn is_alive(&self) -> bool {
        self.channel.status().connected()
    }

    /// Publishes, and waits for the broker's answer.
    pub(super) async fn publish(&self, message: Outgoing<'_>) -> lapin::Result<Confirmation> {
        let options = BasicPublishOptions { mandatory: message.mandatory, ..BasicPublishOptions::default() };
        let Outgoing { exchange, routing_key, properties, data, .. } = message;
        let mut publishing =
            pin!(self.channel.basic_publish(exchange, routing_key, options, data, properties));
        // The first poll does both, and does not wait.
        let first = poll_fn(|context| {
            let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            Poll::Ready(publishing.as_mut().poll(context))
        });
        let confirm = match first.await {
            Poll::Ready(confirm) => confirm?,
            Poll::Pending => publishing.await?,
        };
        confirm.await
    }
}

/// Publishes without waiting for anything: the message is queued for the socket when this returns. Only on a
/// channel without confirms.
///
/// While the broker has blocked the connection (it is out of memory or disk), this waits for the socket, so that
/// messages do not pile up here.
pub(super) async fn publish_unconfirmed(
    session: &Session,
    channel: &Channel,
    message: Outgoing<'_>,
) -> Result<()> {
    let publishing = publish_written(channel, message);
    if session.connection.status().blocked() {
        return publishing.await;
    }
    publishing.now_or_never().unwrap_or(Ok(()))
}

/// Publishes and waits until the message was written to the socket. lapin writes other frames before messages, so
/// that an acknowledgement, or the end of the connection, would overtake a message that is only queued.
pub(super) async fn publish_written(channel: &Channel, message: Outgoing<'_>) -> Result<()> {
    let Outgoing { exchange, routing_key, properties, data, .. } = message;
    let options = BasicPublishOptions::default();
    let publishing = channel.basic_publish(exchange, routing_key, options, data, properties);
    publishing.await.map(drop).map_err(|error| broken("a message could not be sent", error))
}
