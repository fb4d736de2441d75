//! A message in a queue.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::time::Instant;

use super::caller::Caller;
use crate::envelope::Envelope;
use crate::error::Result;
use crate::transport::{Acknowledger, DeadLetter, SettleFuture, Settlement};

/// A message in a queue.
pub(super) struct Message {
    pub(super) envelope: Arc<Envelope>,
    pub(super) attempt: u32,
    /// Not set on calls, to avoid reading the clock; see [`Message::received_at`].
    pub(super) published_at: Option<SystemTime>,
    pub(super) dead_letter: Option<DeadLetter>,
    pub(super) caller: Option<Arc<Caller>>,
    /// Its place in the queue, and its id while it is unsettled.
    pub(super) sequence: u64,
    /// On an unsettled call, which is its own acknowledger.
    pub(super) token: Option<CallToken>,
}

impl Message {
    pub(super) fn new(envelope: Arc<Envelope>) -> Box<Self> {
        Box::new(Self {
            envelope,
            attempt: 1,
            published_at: None,
            dead_letter: None,
            caller: None,
            sequence: 0,
            token: None,
        })
    }

    /// A message that is published now.
    pub(super) fn published_now(envelope: Arc<Envelope>) -> Box<Self> {
        let mut message = Self::new(envelope);
        message.published_at = Some(SystemTime::now());
        message
    }

    /// Another message with the same content.
    pub(super) fn copy(&self) -> Box<Self> {
        Box::new(Self {
            envelope: Arc::clone(&self.envelope),
            attempt: self.attempt,
            published_at: self.published_at,
            dead_letter: self.dead_letter.clone(),
            caller: self.caller.clone(),
            sequence: self.sequence,
            token: None,
        })
    }

    /// When this process received the message. For a call, when it was sent, which was also in this process.
    pub(super) fn received_at(&self) -> Instant {
        let sent_at = || self.caller.as_ref()?.deadline().checked_sub(self.envelope.expires_in?);
        sent_at().unwrap_or_else(Instant::now)
    }

    /// Whether it is a call whose caller no longer waits. Callers leave at their deadline.
    pub(super) fn is_abandoned(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| !caller.is_waiting())
    }
}

/// The origin of calls, which settles them.
pub(super) trait CallOrigin: Send + Sync {
    /// Settles a call of this origin.
    fn settle(&self, call: Box<Message>, settlement: Settlement) -> Result<()>;

    /// Called when a call of this origin has ended. The consumer can then get another call.
    fn call_ended(&self);
}

/// Counts a call as unsettled until this is dropped.
pub(super) struct CallToken(Arc<dyn CallOrigin>);

impl CallToken {
    pub(super) fn new(origin: Arc<dyn CallOrigin>) -> Self {
        Self(origin)
    }
}

impl Drop for CallToken {
    fn drop(&mut self) {
        self.0.call_ended();
    }
}

/// An unsettled call that may be handled twice goes back to its queue. Any other counts as delivered.
impl Drop for Message {
    fn drop(&mut self) {
        if self.envelope.idempotent
            && let Some(token) = self.token.take()
        {
            // An error means that the queue was deleted.
            let _ = token.0.settle(self.copy(), Settlement::Release);
        }
    }
}

/// An unsettled call. Its queue has no copy of it.
impl Acknowledger for Message {
    fn settle(mut self: Box<Self>, settlement: Settlement) -> SettleFuture {
        let Some(token) = self.token.take() else { return SettleFuture::done(Ok(())) };
        SettleFuture::done(token.0.settle(self, settlement))
    }
}
