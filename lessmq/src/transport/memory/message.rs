//! What stands in a queue.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::time::Instant;

use super::call::Call;
use super::settle::Out;
use crate::envelope::Envelope;
use crate::transport::DeadLetter;

/// A message in a queue.
pub(super) struct Message {
    pub(super) envelope: Arc<Envelope>,
    pub(super) attempt: u32,
    /// Not on calls, which need no look at the clock for it; see [`Message::received_at`].
    pub(super) published_at: Option<SystemTime>,
    pub(super) dead_letter: Option<DeadLetter>,
    pub(super) call: Option<Arc<Call>>,
    /// Its place in the queue, and its name while it is out.
    pub(super) sequence: u64,
    /// On a call that is out: whose it is. A call is its own token, for its queue has forgotten it.
    pub(super) out: Option<Out>,
}

impl Message {
    pub(super) fn new(envelope: Arc<Envelope>) -> Box<Self> {
        Box::new(Self {
            envelope,
            attempt: 1,
            published_at: None,
            dead_letter: None,
            call: None,
            sequence: 0,
            out: None,
        })
    }

    /// A message that is published now.
    pub(super) fn stored(envelope: Arc<Envelope>) -> Box<Self> {
        let mut message = Self::new(envelope);
        message.published_at = Some(SystemTime::now());
        message
    }

    /// Another one of the same content.
    pub(super) fn copy(&self) -> Box<Self> {
        Box::new(Self {
            envelope: Arc::clone(&self.envelope),
            attempt: self.attempt,
            published_at: self.published_at,
            dead_letter: self.dead_letter.clone(),
            call: self.call.clone(),
            sequence: self.sequence,
            out: None,
        })
    }

    /// When this process got the message: a call when it was sent, which was in this process, too.
    pub(super) fn received_at(&self) -> Instant {
        let sent_at = || self.call.as_ref()?.deadline().checked_sub(self.envelope.expires_in?);
        sent_at().unwrap_or_else(Instant::now)
    }

    /// Whether nobody waits for the reply to a call any more. Who waits leaves at the deadline.
    pub(super) fn is_abandoned(&self) -> bool {
        self.call.as_ref().is_some_and(|call| !call.is_waiting())
    }
}
