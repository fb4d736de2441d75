//! Calls, and the queue for their replies.
//!
//! Each connection has one reply queue, which the first call creates. Replies are received only while calls wait, so a
//! connection without calls makes no requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::broker::{LeasedQueue, QueueKind};
use super::connection::Connection;
use super::message::{self, CORRELATION_ID, LeasedMessage, REPLY_TO, Received};
use super::poller::Poller;
use super::receipts::Receipts;
use super::sender::{BACKOFF, no_answer_error};
use super::targets;
use super::temporary::{Temporaries, Temporary};
use crate::envelope::{Envelope, Frame};
use crate::error::{Error, ErrorKind, Result};
use crate::name::ExternalName;
use crate::transport::kit::single_flight::Slot;
use crate::transport::kit::{Delays, PendingReplies, PendingReply};
use crate::transport::{Queue, closed_error, too_late_error, unavailable_error};

/// The limit of replies that were received and not delivered to their callers yet.
const ROOM: usize = 1_000;
/// A call with less time left is not sent.
const SHORTEST_CALL: Duration = Duration::from_millis(1);

/// Makes the calls of one connection.
pub(super) struct Calls {
    replies: Slot<ReplyQueue>,
    /// An existing reply queue that only this connection uses, if the program may not create one.
    existing: Option<ExternalName>,
}

/// The reply queue, and the callers that wait for replies.
#[derive(Clone)]
struct ReplyQueue {
    name: String,
    /// The prefix of the correlation ids of its calls, because replies to others may arrive in the same queue.
    owner: String,
    pending: Arc<PendingReplies<Frame>>,
    begun: Arc<Notify>,
}

impl Calls {
    pub(super) fn new(existing: Option<ExternalName>) -> Self {
        Self { replies: Slot::default(), existing }
    }

    /// Sends a call, and waits for its reply.
    pub(super) async fn call(
        &self,
        connection: &Arc<Connection>,
        to: &Queue,
        call: &Envelope,
        deadline: Instant,
    ) -> Result<Frame> {
        connection.check_open()?;
        let (mut reply, replies) =
            timeout_at(deadline, self.begin(connection)).await.map_err(|_| too_late_error())??;
        let left = deadline.saturating_duration_since(Instant::now());
        if left < SHORTEST_CALL {
            return Err(too_late_error());
        }
        let target = targets::target(&connection.names, &to.clone().into());
        let mut call = call.clone();
        call.expires_in = Some(left);
        let message = LeasedMessage::from_envelope(&call, target.is_external(), false)
            .with(REPLY_TO, replies.name.as_str())
            .with(CORRELATION_ID, format!("{}.{}", replies.owner, reply.id()));
        let sending = connection.senders.to(target).send(Arc::new(message));
        match timeout_at(deadline, sending).await.map_err(|_| too_late_error())? {
            Err(error) if error.kind() == ErrorKind::Topology => return Err(no_provider_error(to)),
            sent => sent?,
        }
        match timeout_at(deadline, reply.next()).await.map_err(|_| too_late_error())? {
            Some(frame) => Ok(frame),
            None => Err(queue_lost_error(connection)),
        }
    }

    /// Ends the reply queue: calls in progress fail.
    pub(super) async fn end(&self) {
        if let Some(replies) = self.replies.get().await {
            replies.pending.end();
        }
        self.replies.clear().await;
    }

    async fn begin(&self, connection: &Arc<Connection>) -> Result<(PendingReply<Frame>, Arc<ReplyQueue>)> {
        let create = || create(Arc::clone(connection), self.existing.clone());
        let replies = self.replies.get_or_make(|replies| !replies.pending.has_ended(), create).await?;
        let reply = replies.pending.register().ok_or_else(|| queue_lost_error(connection))?;
        replies.begun.notify_one();
        Ok((reply, replies))
    }
}

/// Creates the reply queue, and starts to receive from it.
async fn create(connection: Arc<Connection>, existing: Option<ExternalName>) -> Result<ReplyQueue> {
    let owner = connection.temporaries.owner.clone();
    let (queue, temporary) = match existing {
        Some(name) => (Arc::new(LeasedQueue::new(name.as_str(), QueueKind::External)), None),
        None => {
            let name = connection.names.unique("replies", &owner);
            let temporary = create_temporary(&connection, LeasedQueue::new(name, QueueKind::Replies)).await?;
            (Arc::clone(&temporary.queue), Some(temporary))
        }
    };
    let (name, pending) = (queue.name.clone(), Arc::new(PendingReplies::new()));
    let replies = ReplyQueue { name, owner, pending, begun: Arc::default() };
    let receiver = Receiver {
        replies: replies.clone(),
        poller: Poller::new(Arc::clone(&connection.broker), Arc::clone(&queue), ROOM),
        receipts: connection.receipts(&queue),
        temporaries: Arc::clone(&connection.temporaries),
        temporary,
    };
    connection.consumers.spawn(receiver.run(connection.closing.clone()));
    Ok(replies)
}

/// Creates a queue, unless the connection is closed first. No caller's deadline ends this.
async fn create_temporary(connection: &Connection, queue: LeasedQueue) -> Result<Temporary> {
    let creating = timeout_at(Connection::give_up(), connection.temporaries.create(queue));
    tokio::select! {
        biased;
        () = connection.closing.cancelled() => Err(closed_error()),
        created = creating => created.unwrap_or_else(|_| Err(no_answer_error())),
    }
}

/// Delivers replies to their callers.
struct Receiver {
    replies: ReplyQueue,
    poller: Poller,
    receipts: Arc<Receipts>,
    temporaries: Arc<Temporaries>,
    temporary: Option<Temporary>,
}

impl Receiver {
    async fn run(mut self, closing: CancellationToken) {
        tokio::select! {
            error = self.receive() => tracing::warn!("cannot receive replies: {error:#}"),
            () = closing.cancelled() => {}
        }
        self.replies.pending.end();
    }

    /// Receives replies until a request fails, and returns the error.
    async fn receive(&mut self) -> Error {
        let mut delays = BACKOFF.delays();
        loop {
            let more = !self.replies.pending.is_empty();
            match self.poller.next(more).await {
                Ok(Some((received, _room))) => {
                    delays.reset();
                    self.hand_out(received);
                }
                Ok(None) => self.replies.begun.notified().await,
                Err(error) => {
                    if let Err(error) = self.restore(error, &mut delays).await {
                        return error;
                    }
                }
            }
        }
    }

    /// After a delay, recreates our reply queue if it was deleted. If that does not help, the next receive request
    /// fails in the same way.
    ///
    /// # Errors
    /// `error` itself if it has another cause than a deleted queue; another error if the queue cannot be created.
    async fn restore(&mut self, error: Error, delays: &mut Delays) -> Result<()> {
        let Some(temporary) = self.temporary.as_ref().filter(|_| error.kind() == ErrorKind::Topology) else {
            return Err(error);
        };
        if delays.is_reset() {
            tracing::warn!("the reply queue was deleted; creating it again: {error:#}");
        }
        sleep(delays.next_delay()).await;
        match self.temporaries.beat(&temporary.queue).await {
            Err(error) if error.kind() == ErrorKind::Connection => Ok(()),
            restored => restored,
        }
    }

    fn hand_out(&self, replies: Vec<Received>) {
        let receipts: Vec<_> = replies.iter().map(|reply| reply.receipt.clone()).collect();
        for reply in replies {
            let id = reply.attributes.get(CORRELATION_ID).and_then(|id| self.replies.own_id(id));
            if let Some(id) = id {
                self.replies.pending.deliver(id, message::frame(&reply));
            }
        }
        // If the reply is delivered again, it has no caller.
        let deletes = Arc::clone(&self.receipts);
        tokio::spawn(async move {
            let deleting = receipts.iter().map(|receipt| deletes.delete(receipt));
            for result in futures_util::future::join_all(deleting).await {
                if let Err(error) = result {
                    tracing::debug!("a reply could not be deleted: {error:#}");
                }
            }
        });
    }
}

impl ReplyQueue {
    fn own_id(&self, correlation_id: &str) -> Option<u64> {
        correlation_id.strip_prefix(&self.owner)?.strip_prefix('.')?.parse().ok()
    }
}

fn no_provider_error(to: &Queue) -> Error {
    match to {
        Queue::Calls { service } => unavailable_error(service.as_str()),
        to => Error::new(ErrorKind::Unavailable, format!("queue `{to}` does not exist")),
    }
}

fn queue_lost_error(connection: &Connection) -> Error {
    if connection.closing.is_cancelled() {
        return closed_error();
    }
    Error::new(ErrorKind::Connection, "the reply queue was lost while a call waited for its reply")
        .with_hint("the call may have been handled: check that before it is sent again")
}
