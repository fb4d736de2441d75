//! The caller's side of a call.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::connection::{Connection, closed};
use super::queue::Message;
use super::{check_size, unavailable};
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Address, Responder};

/// What a message carries that someone waits for. Its clones lead to the same caller.
#[derive(Clone)]
pub(super) struct Call {
    deadline: Instant,
    reply: Arc<Mutex<Option<oneshot::Sender<Envelope>>>>,
}

impl Call {
    fn new(deadline: Instant) -> (Self, oneshot::Receiver<Envelope>) {
        let (sender, receiver) = oneshot::channel();
        (Self { deadline, reply: Arc::new(Mutex::new(Some(sender))) }, receiver)
    }

    pub(super) fn is_expired(&self, now: Instant) -> bool {
        self.deadline <= now
    }

    /// Whether the caller has left or has its reply.
    pub(super) fn is_abandoned(&self) -> bool {
        let reply = self.reply.lock().unwrap_or_else(PoisonError::into_inner);
        reply.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}

#[async_trait]
impl Responder for Call {
    async fn reply(self: Box<Self>, reply: Envelope) -> Result<()> {
        check_size(&reply)?;
        let sender = self.reply.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // The caller may have left: then nobody wants the reply.
            let _ = sender.send(reply);
        }
        Ok(())
    }
}

pub(super) async fn request(
    connection: &Connection,
    to: &Address,
    message: Envelope,
    deadline: Instant,
) -> Result<Envelope> {
    if let Address::Commands { .. } | Address::Event { .. } = to {
        return Err(Error::new(ErrorKind::Unsupported, "commands and events have no reply"));
    }
    let closing = connection.closing();
    connection.check_open()?;
    let (call, reply) = Call::new(deadline);
    if !connection.bus().send(to, Message::new(message, Some(call))) {
        return Err(unreachable(to));
    }
    let mut timer = connection.timers().start(deadline);
    tokio::select! {
        biased;
        // A call that was dropped without a reply is waited for all the same, as over a network.
        Ok(reply) = reply => Ok(reply),
        () = closing => Err(closed()),
        () = timer.elapsed() => {
            Err(Error::new(ErrorKind::DeadlineExceeded, "the deadline passed before the reply came"))
        }
    }
}

fn unreachable(to: &Address) -> Error {
    match to {
        Address::Calls { service } => unavailable(service),
        to => Error::new(ErrorKind::Unavailable, format!("no queue is bound to {to:?}")),
    }
}
