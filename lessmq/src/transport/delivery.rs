//! One message on its way to a handler, and how it is settled.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, Either, FutureExt};
use tokio::time::Instant;

use crate::envelope::{Envelope, Reply};
use crate::error::Result;

/// A message that the broker handed out. It stays the broker's until it is settled: one that is dropped unsettled,
/// or whose process dies, is delivered again (calls excepted, which are delivered at most once).
pub struct Delivery {
    /// The message.
    pub envelope: Arc<Envelope>,
    /// Which attempt at handling this is, from 1. Deliveries that ended in a crash count.
    pub attempt: u32,
    /// When the broker took the message, by the broker's clock; `None` where it does not tell. The sender's clock is in
    /// the envelope.
    pub published_at: Option<SystemTime>,
    /// When this process got it: as the driver read it from the broker or, where it does not know, handed it out.
    pub received_at: Instant,
    /// Why the message is dead; only on deliveries of [`Source::DeadLetters`](super::Source::DeadLetters).
    pub dead_letter: Option<DeadLetter>,
    /// Where the reply goes, if the sender waits for one. Only on deliveries of
    /// [`Source::Calls`](super::Source::Calls), whatever else a message says: one that has a responder is acknowledged
    /// before it is handled.
    pub responder: Option<Arc<dyn Responder>>,
    /// The driver's half of the settlement.
    pub acknowledger: Box<dyn Acknowledger>,
}

impl Delivery {
    /// A first delivery of `envelope`, received now.
    pub fn new(envelope: impl Into<Arc<Envelope>>, acknowledger: Box<dyn Acknowledger>) -> Self {
        Self {
            envelope: envelope.into(),
            attempt: 1,
            published_at: None,
            received_at: Instant::now(),
            dead_letter: None,
            responder: None,
            acknowledger,
        }
    }

    /// Settles the message: the broker forgets it, keeps it for later, or buries it.
    ///
    /// # Errors
    /// `Connection` when the broker could not be told: it will deliver the message again.
    pub async fn settle(self, settlement: Settlement) -> Result<()> {
        self.acknowledger.settle(settlement).await
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("envelope", &self.envelope)
            .field("attempt", &self.attempt)
            .field("dead_letter", &self.dead_letter)
            .finish_non_exhaustive()
    }
}

/// What becomes of a delivered message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Handled: the broker forgets it.
    Acknowledge,
    /// Deliver it again to the same source, not before `after` has passed, with the attempt counted. A driver may
    /// round the delay up to its next level, and never down to nothing.
    Retry {
        /// How long to wait at least.
        after: Duration,
    },
    /// Give it back untouched, for whoever consumes next, without counting an attempt. For shutting down.
    Release,
    /// Move it to the source's dead letters, whole, with this reason. The message is stored there before it is
    /// removed here.
    DeadLetter(DeadLetter),
}

/// Why a message was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The class of the reason.
    pub reason: DeadLetterReason,
    /// What happened, for people.
    pub detail: String,
    /// How many times handling was attempted.
    pub attempts: u32,
}

/// The classes of reasons why a message is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// The handler said that no retry will help.
    Terminal,
    /// The last attempt failed.
    AttemptsExhausted,
    /// No method of this name is served.
    UnknownMethod,
    /// The payload is not what the contract says.
    Undecodable,
    /// The payload is not JSON by its media type.
    ContentType,
    /// The payload is larger than the driver's limit.
    TooLarge,
    /// The broker gave up by its own rules, as its delivery limit.
    Broker,
}

impl DeadLetterReason {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Terminal, "terminal"),
        (Self::AttemptsExhausted, "attempts-exhausted"),
        (Self::UnknownMethod, "unknown-method"),
        (Self::Undecodable, "undecodable"),
        (Self::ContentType, "content-type"),
        (Self::TooLarge, "too-large"),
        (Self::Broker, "broker"),
    ];

    /// The stable name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("broker", |(_, name)| name)
    }

    /// The reason that [`DeadLetterReason::as_str`] names; [`DeadLetterReason::Broker`] for what is not ours.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Broker, |(reason, _)| *reason)
    }
}

/// The driver's half of a [`Settlement`]. Dropping it unsettled gives the message back to the broker.
pub trait Acknowledger: Send + Sync {
    /// Carries the settlement out.
    ///
    /// # Errors
    /// As [`Delivery::settle`].
    fn settle(self: Box<Self>, settlement: Settlement) -> Settling;
}

/// The way back to the caller.
pub trait Responder: Send + Sync {
    /// Sends the reply. A caller that has left is not an error: the reply is dropped. So is every reply after the
    /// first.
    ///
    /// # Errors
    /// `TooLarge`, `Connection`.
    fn reply(self: Arc<Self>, reply: Reply) -> Settling;
}

/// A settlement or a reply that is being carried out; [`Settling::done`] where nothing was to be waited for, as with
/// most of them.
#[must_use = "it is carried out when it is awaited"]
pub struct Settling(Either<Ready<Result<()>>, BoxFuture<'static, Result<()>>>);

impl Settling {
    /// One that has ended.
    pub fn done(result: Result<()>) -> Self {
        Self(Either::Left(ready(result)))
    }

    /// One that ends when `work` does. If it is dropped before, the driver gives the message back.
    pub fn until(work: impl Future<Output = Result<()>> + Send + 'static) -> Self {
        Self(Either::Right(Box::pin(work)))
    }
}

impl Future for Settling {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context)
    }
}

impl fmt::Debug for Settling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = matches!(self.0, Either::Left(_));
        f.debug_struct("Settling").field("done", &done).finish_non_exhaustive()
    }
}
