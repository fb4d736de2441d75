//! The targets of messages, prepared for one session.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lapin::BasicProperties;
use lapin::types::ShortString;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;

use super::channel::{ConfirmChannel, Publication};
use crate::error::{Error, ErrorKind};

/// How long the provider's queue certainly exists after a reply. This is shorter than the queue's expiry after its
/// last provider.
const PROOF: Duration = Duration::from_secs(4 * 60);

/// The target of messages with confirms.
pub(super) struct PublishTarget {
    pub(super) exchange: ShortString,
    pub(super) routing_key: ShortString,
    pub(super) kind: TargetKind,
    pub(super) channel: Arc<ConfirmChannel>,
}

/// What happens to a message that reaches no queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    /// An event without subscriptions: it is dropped, which is not an error.
    Event,
    /// A queue of this driver: it is declared again if it was deleted.
    Own,
    /// An external queue or exchange: the publish fails.
    External,
}

impl PublishTarget {
    pub(super) fn publication<'a>(&self, properties: BasicProperties, data: &'a [u8]) -> Publication<'a> {
        Publication {
            exchange: self.exchange.clone(),
            routing_key: self.routing_key.clone(),
            mandatory: self.kind != TargetKind::Event,
            properties,
            data,
        }
    }

    /// The queue of ours that takes the message. An exchange that leads to one has its name.
    pub(super) fn queue(&self) -> &str {
        if self.exchange.as_str().is_empty() { self.routing_key.as_str() } else { self.exchange.as_str() }
    }

    /// The error of a message that reaches no queue.
    pub(super) fn unroutable_error(&self) -> Error {
        let Self { exchange, routing_key, .. } = self;
        let context = match exchange.as_str() {
            "" => format!("queue `{routing_key}` does not exist"),
            _ => format!("exchange `{exchange}` has no queue for the routing key `{routing_key}`"),
        };
        Error::new(ErrorKind::Topology, context)
            .with_hint("create the queue and its binding first; the message was not stored")
    }

    /// The error of a message that the broker did not store.
    pub(super) fn rejected_error(&self) -> Error {
        let context = format!("the broker rejected a message for `{}`", self.routing_key);
        Error::new(ErrorKind::Connection, context)
            .with_hint("a queue of this destination is full, or most of its cluster's nodes are down")
    }
}

/// The queue that calls are sent to.
pub(super) struct CallTarget {
    pub(super) queue: ShortString,
    state: Mutex<CallTargetState>,
    /// Held while a caller checks whether the queue exists.
    pub(super) lookup: Arc<AsyncMutex<()>>,
}

#[derive(Default)]
struct CallTargetState {
    /// When the queue was last known to exist.
    seen_at: Option<Instant>,
    /// The start of the last lookup that did not find the queue.
    missing_at: Option<Instant>,
}

impl CallTarget {
    pub(super) fn new(queue: ShortString) -> Self {
        Self { queue, state: Mutex::default(), lookup: Arc::default() }
    }

    /// Whether the queue was seen recently, so that calls can be sent without a lookup.
    pub(super) fn is_known(&self) -> bool {
        self.state().seen_at.is_some_and(|seen_at| seen_at.elapsed() < PROOF)
    }

    /// Notes that the queue exists now.
    pub(super) fn note_seen(&self) {
        self.state().seen_at = Some(Instant::now());
    }

    /// Whether a lookup that started after `asked_at` did not find the queue.
    pub(super) fn is_missing_since(&self, asked_at: Instant) -> bool {
        self.state().missing_at.is_some_and(|missing_at| missing_at > asked_at)
    }

    /// Notes that a lookup that started at `started_at` did not find the queue.
    pub(super) fn note_missing(&self, started_at: Instant) {
        self.state().missing_at = Some(started_at);
    }

    fn state(&self) -> MutexGuard<'_, CallTargetState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
