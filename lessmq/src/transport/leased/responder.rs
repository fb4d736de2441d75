//! Sends replies to callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::broker::{LeasedQueue, QueueKind, Target};
use super::connection::Connection;
use super::message::{CORRELATION_ID, LeasedMessage};
use crate::envelope::{Envelope, Frame, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Responder, SettleFuture, too_large_error};

/// The time limit for sending a reply.
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends the reply to one call to the queue of its caller.
pub(super) struct ReplyTo {
    connection: Arc<Connection>,
    queue: String,
    correlation_id: Option<String>,
    call: Arc<Envelope>,
    provider: Text,
    ended: AtomicBool,
}

impl ReplyTo {
    pub(super) fn new(
        connection: &Arc<Connection>,
        queue: &str,
        correlation_id: Option<String>,
        call: &Arc<Envelope>,
        provider: &Text,
    ) -> Self {
        let (connection, queue, call, provider) =
            (Arc::clone(connection), queue.to_owned(), Arc::clone(call), provider.clone());
        Self { connection, queue, correlation_id, call, provider, ended: AtomicBool::new(false) }
    }

    async fn reply(self: Arc<Self>, frame: Frame) -> Result<()> {
        if frame.sequence > 0 || !frame.end {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the broker does not carry replies of several frames",
            ));
        }
        let (size, limit) = (frame.encoded_len(), self.connection.broker.limits().capabilities.max_message);
        if size > limit {
            return Err(too_large_error("the reply", size, limit));
        }
        if self.ended.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let mut message = LeasedMessage::from_frame(&frame, &self.call, &self.provider);
        if let Some(id) = &self.correlation_id {
            message = message.with(CORRELATION_ID, id.as_str());
        }
        let queue = Target::Queue(LeasedQueue::new(self.queue.as_str(), QueueKind::Replies));
        let give_up = Instant::now() + REPLY_TIMEOUT;
        match self.connection.senders.to(queue).store(Arc::new(message), give_up).await {
            // The queue was deleted because the caller has stopped.
            Err(error) if error.kind() == ErrorKind::Topology => Ok(()),
            sent => sent,
        }
    }
}

impl Responder for ReplyTo {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        SettleFuture::until(self.reply(frame))
    }
}
