//! Sending a call, and waiting for its reply.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use super::caller::Caller;
use super::connection::Connection;
use super::message::Message;
use crate::envelope::Frame;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Queue, ReplyStream, too_late_error};

/// A call that is sent when it is first polled. The message is boxed already, which keeps the future small.
pub(super) fn call<'a>(
    connection: &'a Connection,
    to: &'a Queue,
    mut message: Box<Message>,
    deadline: Instant,
) -> impl ReplyStream + 'a {
    PendingReply::new(deadline, move |caller| {
        if let Queue::Commands { .. } = to {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a command cannot be called: commands have no reply",
            ));
        }
        super::CAPABILITIES.check_size(&message.envelope)?;
        if message.envelope.expires_in.map_or_else(|| deadline <= Instant::now(), |left| left.is_zero()) {
            return Err(too_late_error());
        }
        message.caller = Some(Arc::clone(caller));
        connection.deadlines().watch(caller)?;
        connection.bus().send_to_queue(to, message)
    })
}

/// The reply to a call that `send` sends when this is first polled. If the provider drops the call without a reply,
/// this stays pending until the deadline, as it would over a network.
pub(super) struct PendingReply<S> {
    deadline: Instant,
    stage: Stage<S>,
}

enum Stage<S> {
    Unsent(S),
    Sent(Arc<Caller>),
    Ended,
}

impl<S: FnOnce(&Arc<Caller>) -> Result<()> + Send + Unpin> PendingReply<S> {
    pub(super) fn new(deadline: Instant, send: S) -> Self {
        Self { deadline, stage: Stage::Unsent(send) }
    }
}

impl<S: FnOnce(&Arc<Caller>) -> Result<()> + Send + Unpin> ReplyStream for PendingReply<S> {
    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Frame>> {
        if let Stage::Sent(caller) = &self.stage {
            let reply = ready!(caller.poll(context));
            self.stage = Stage::Ended;
            return Poll::Ready(reply);
        }
        let Stage::Unsent(send) = std::mem::replace(&mut self.stage, Stage::Ended) else {
            return Poll::Pending;
        };
        // The message refers to its caller before it is sent, so that everything that happens to it wakes the caller.
        let caller = Caller::new(self.deadline, context.waker().clone());
        if let Err(error) = send(&caller) {
            caller.leave();
            return Poll::Ready(Err(error));
        }
        self.stage = Stage::Sent(caller);
        Poll::Pending
    }
}

impl<S> Drop for PendingReply<S> {
    fn drop(&mut self) {
        if let Stage::Sent(caller) = &self.stage {
            caller.leave();
        }
    }
}
