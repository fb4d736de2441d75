//! One live connection, from its handshake until it breaks or is replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Connection};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::cache::Cache;
use super::channel::{ConfirmChannel, UnconfirmedChannel};
use super::failure::{closes_channel, connection_error};
use super::reply_queue::ReplyQueue;
use super::target::{CallTarget, PublishTarget};
use crate::error::Result;
use crate::transport::kit::single_flight::Slot;
use crate::transport::{Destination, Queue};

/// The limit of cached queues without a channel.
const MAX_CACHED_QUEUES: usize = 500;
/// How long messages without confirms may take to be written when the connection is closed.
const LAST_MESSAGES: Duration = Duration::from_secs(5);
/// How long the broker may take to confirm that the connection is closed.
const LAST_ANSWER: Duration = Duration::from_secs(2);

/// A connection with its channels and caches. The next connection has a new session.
///
/// When the broker refuses an operation, it closes the channel. lapin 4.12.3 keeps that error for the number of the
/// channel: after all 2,047 numbers were used once, a new channel with this number fails with the old error. So each
/// refused operation costs a channel. These are counted, and the link replaces a session that has lost a quarter of its
/// channels (it is [worn out](Session::is_worn_out)). The old session ends when it is no longer used.
pub(super) struct Session {
    connection: Connection,
    /// Destinations that were used before.
    pub(super) destinations: Cache<Destination, PublishTarget>,
    /// Queues of this driver that were used by name.
    pub(super) queues: Cache<String, PublishTarget>,
    /// Held while a destination or a queue is prepared; by name.
    pub(super) preparing: Cache<String, Mutex<()>>,
    /// Queues for calls that were used before.
    pub(super) call_targets: Cache<Queue, CallTarget>,
    /// The channel of messages that are not `mandatory`.
    shared: Slot<ConfirmChannel>,
    /// The channel of calls and replies.
    unconfirmed: Slot<UnconfirmedChannel>,
    replies: Slot<ReplyQueue>,
    /// How many channels the broker has closed.
    lost_channels: AtomicUsize,
    max_lost_channels: usize,
}

impl Session {
    pub(super) fn new(connection: Connection) -> Self {
        // The lost channels, the destinations and the queues take a quarter of the channels each at most.
        let quarter = usize::from(connection.configuration().channel_max() / 4).max(1);
        Self {
            connection,
            destinations: Cache::new(quarter),
            queues: Cache::new(quarter),
            preparing: Cache::new(MAX_CACHED_QUEUES),
            call_targets: Cache::new(MAX_CACHED_QUEUES),
            shared: Slot::default(),
            unconfirmed: Slot::default(),
            replies: Slot::default(),
            lost_channels: AtomicUsize::default(),
            max_lost_channels: quarter,
        }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn is_alive(&self) -> bool {
        self.connection.status().connected()
    }

    /// Whether new operations should use this session.
    pub(super) fn is_usable(&self) -> bool {
        self.is_alive() && !self.is_worn_out()
    }

    /// Whether too many of its channels are lost.
    pub(super) fn is_worn_out(&self) -> bool {
        self.lost_channels.load(Ordering::Relaxed) >= self.max_lost_channels
    }

    /// Counts a channel that the broker has closed.
    pub(super) fn count_lost_channel(&self) {
        self.lost_channels.fetch_add(1, Ordering::Relaxed);
    }

    /// Drops the channels and caches that no operation uses at the moment. Operations in progress finish on this
    /// session.
    pub(super) async fn retire(&self) {
        self.destinations.clear();
        self.queues.clear();
        self.call_targets.clear();
        self.shared.clear().await;
        self.unconfirmed.clear().await;
        self.replies.clear().await;
    }

    /// Closes the connection, after queued messages were written.
    pub(super) async fn close(&self) {
        if let Some(channel) = self.unconfirmed.get().await {
            let _ = timeout(LAST_MESSAGES, channel.flush()).await;
        }
        // Without an answer, the broker closes the connection when the socket closes.
        let closing = self.connection.close(200, "closed by the application".into());
        let _ = timeout(LAST_ANSWER, closing).await;
    }

    /// A new channel. It is closed when it is dropped.
    pub(super) async fn channel(&self) -> Result<Channel> {
        let max_attempts = self.connection.configuration().channel_max();
        let mut attempt = 1;
        loop {
            match self.connection.create_channel().await {
                Ok(channel) => return Ok(channel),
                // The number is that of a lost channel. The next channel has another number.
                Err(error) if closes_channel(&error) && attempt < max_attempts => attempt += 1,
                Err(error) => return Err(connection_error("the broker did not open a channel", error)),
            }
        }
    }

    /// A new channel whose publishes are confirmed.
    pub(super) async fn confirm_channel(&self) -> Result<ConfirmChannel> {
        let channel = self.channel().await?;
        let confirming = channel.confirm_select(ConfirmSelectOptions::default()).await;
        confirming.map_err(|error| connection_error("the broker does not confirm messages", error))?;
        Ok(ConfirmChannel::new(channel))
    }

    /// The channel with confirms for all messages that are not `mandatory`.
    pub(super) async fn shared_channel(self: &Arc<Self>) -> Result<Arc<ConfirmChannel>> {
        let open = || {
            let session = Arc::clone(self);
            async move { session.confirm_channel().await }
        };
        self.shared.get_or_make(ConfirmChannel::is_open, open).await
    }

    /// The channel of calls and replies. It is shared because a clone of a lapin channel clones all its parts.
    pub(super) async fn unconfirmed_channel(self: &Arc<Self>) -> Result<Arc<UnconfirmedChannel>> {
        let open = || {
            let session = Arc::clone(self);
            async move {
                let status = session.connection.status().clone();
                Ok(UnconfirmedChannel::new(session.channel().await?, status))
            }
        };
        self.unconfirmed.get_or_make(UnconfirmedChannel::is_open, open).await
    }

    /// The reply queue. If it was deleted, the next call creates another one, with the name that `name` returns.
    pub(super) async fn reply_queue(
        self: &Arc<Self>,
        name: impl FnOnce() -> String,
    ) -> Result<Arc<ReplyQueue>> {
        let open = || {
            let (session, name) = (Arc::clone(self), name());
            async move { ReplyQueue::open(&session.channel().await?, name.into()).await }
        };
        self.replies.get_or_make(|queue| !queue.pending.has_ended(), open).await
    }
}

/// The last part of the name of a queue that lives as long as a connection.
pub(super) fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}
