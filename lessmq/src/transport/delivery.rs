//! A delivered message, and its settlement.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use futures_util::future::{BoxFuture, Either, FutureExt};
use tokio::time::Instant;

use super::DeadLetter;
use crate::envelope::{Envelope, Frame};
use crate::error::Result;

/// A delivered message. The broker keeps the message until it is settled. If the delivery is dropped unsettled, or the
/// process dies, the broker delivers the message again (except calls, which are delivered at most once, unless they are
/// [idempotent](Envelope::idempotent)).
#[non_exhaustive]
pub struct Delivery {
    /// The message.
    pub envelope: Arc<Envelope>,
    /// The number of this attempt to handle the message, from 1. Earlier deliveries count if they were settled with
    /// [`Settlement::Retry`], dropped unsettled, or lost in a crash. Some brokers also count deliveries that were
    /// [released](Settlement::Release).
    pub attempt: u32,
    /// When the broker stored the message, by the broker's clock. `None` if the broker does not report it. The time by
    /// the sender's clock is in the envelope.
    pub published_at: Option<SystemTime>,
    /// When this process received the message from the broker. If the driver does not know that, when it returned the
    /// delivery.
    pub received_at: Instant,
    /// Why the message is dead; only on deliveries of [`Source::DeadLetters`](super::Source::DeadLetters).
    pub dead_letter: Option<DeadLetter>,
    /// Sends the reply. Only deliveries of [`Queue::Calls`](super::Queue::Calls) whose sender waits for a reply have a
    /// responder: a delivery with a responder is acknowledged before it is handled, unless it may be handled twice. So a
    /// reply can be sent after the delivery was settled.
    pub responder: Option<Arc<dyn Responder>>,
    /// Carries out the settlement.
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

    /// Settles the message.
    ///
    /// # Errors
    /// `Connection` if the connection broke before: the broker then delivers the message again. `Unsupported` for a
    /// [`Settlement::Redrive`] of a message that is not a dead letter.
    pub fn settle(self, settlement: Settlement) -> SettleFuture {
        self.acknowledger.settle(settlement)
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

/// What happens to a delivered message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The message was handled: the broker deletes it.
    Acknowledge,
    /// The message is delivered again from the same source, unchanged, as the next attempt. An event returns only to its
    /// group. It is not delivered before the delay `after` is over. A driver may round the delay up to its next level,
    /// but never down to zero. Other messages do not wait for it: on an ordered source, even later messages of the same
    /// partition key may be delivered in the meantime.
    Retry {
        /// The minimum delay.
        after: Duration,
    },
    /// The message goes back to its queue unchanged, for any consumer. Used for shutdown. On an ordered source, it is
    /// delivered again before the messages behind it. Its earlier attempts are still counted. Whether the delivery
    /// itself counts as an [attempt](Delivery::attempt) depends on the broker, but a message that was only released
    /// never becomes a dead letter.
    Release,
    /// The whole message moves to the dead letters of its source, with this reason. It is stored there before it is
    /// removed from its queue.
    DeadLetter(DeadLetter),
    /// The dead letter moves back to the source that it came from: to its queue, which may be ordered or external, or to
    /// its group only and not to the topic. It is a new message there: complete and with the same id, without the
    /// reason, and with its attempts counted from 1 again. It may become a dead letter again. It is stored there before
    /// it is removed from the dead letters.
    ///
    /// Only for deliveries of [`Source::DeadLetters`](super::Source::DeadLetters) that have a
    /// [`redrive_target`](super::Source::redrive_target). For any other, the result is the error `Unsupported`, and the
    /// message goes back to its queue.
    Redrive,
}

/// Carries out the [`Settlement`] of one delivery. If it is dropped unsettled, the message goes back to the broker.
pub trait Acknowledger: Send + Sync {
    /// Carries out the settlement.
    ///
    /// # Errors
    /// As [`Delivery::settle`].
    fn settle(self: Box<Self>, settlement: Settlement) -> SettleFuture;

    /// Resolves if the lease of the message ends before the message is settled. Another consumer may then handle it, so
    /// this one should stop. `None` for brokers without leases.
    fn lost(&self) -> Option<BoxFuture<'static, ()>> {
        None
    }
}

/// Sends the reply to a caller.
pub trait Responder: Send + Sync {
    /// Sends the next frame of the reply. If the caller no longer waits, the frame is dropped, which is not an error.
    /// Frames after the one with [`Frame::end`] are dropped, too.
    ///
    /// A caller accepts one frame, or as many as [`Envelope::credit`] says. The future waits until the caller accepts
    /// this one.
    ///
    /// # Errors
    /// `TooLarge`, `Connection`; `Unsupported` for a reply of more than one frame without
    /// [`Capabilities::streams`](super::Capabilities::streams).
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture;
}

/// A settlement or a frame that is being sent. Most are [done](SettleFuture::done) at once.
#[must_use = "nothing is settled or sent until it is awaited"]
pub struct SettleFuture(Either<Ready<Result<()>>, BoxFuture<'static, Result<()>>>);

impl SettleFuture {
    /// A future that has finished.
    pub fn done(result: Result<()>) -> Self {
        Self(Either::Left(ready(result)))
    }

    /// A future that finishes with `work`. If it is dropped before, the message goes back to the broker.
    pub fn until(work: impl Future<Output = Result<()>> + Send + 'static) -> Self {
        Self(Either::Right(Box::pin(work)))
    }

    /// The result, if it is known without waiting.
    ///
    /// # Errors
    /// `self`, if it must be awaited.
    pub fn try_finish(self) -> Result<Result<()>, Self> {
        match self.0 {
            Either::Left(ready) => Ok(ready.into_inner()),
            Either::Right(work) => Err(Self(Either::Right(work))),
        }
    }
}

impl Future for SettleFuture {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context)
    }
}

impl fmt::Debug for SettleFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = matches!(self.0, Either::Left(_));
        f.debug_struct("SettleFuture").field("done", &done).finish_non_exhaustive()
    }
}
