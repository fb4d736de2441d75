//! One message that was handed out, and how it is settled.

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

/// A message that the broker handed out. It stays the broker's until it is settled: one that is dropped unsettled,
/// or whose process dies, is delivered again (except calls, which are delivered at most once).
#[non_exhaustive]
pub struct Delivery {
    /// The message.
    pub envelope: Arc<Envelope>,
    /// Which attempt at handling this is, from 1: one more than the earlier deliveries that ended in
    /// [`Settlement::Retry`], or in a crash, or unsettled. Deliveries that were [released](Settlement::Release) count
    /// on brokers that cannot tell them apart, so the number may be higher than that, and never higher than the
    /// number of deliveries.
    pub attempt: u32,
    /// When the broker took the message, by the broker's clock; `None` where it does not say. The sender's clock is
    /// in the envelope.
    pub published_at: Option<SystemTime>,
    /// When this process received it: as the driver read it from the broker or, where it does not know, handed it
    /// out.
    pub received_at: Instant,
    /// Why the message is dead; only on deliveries of [`Source::DeadLetters`](super::Source::DeadLetters).
    pub dead_letter: Option<DeadLetter>,
    /// Where the reply goes. On deliveries of [`Queue::Calls`](super::Queue::Calls) whose sender waits for one, and
    /// on no others: a delivery with a responder is acknowledged before it is handled.
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

    /// Settles the message.
    ///
    /// # Errors
    /// `Connection` when the connection broke first: the broker delivers the message again.
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

/// What becomes of a delivered message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Handled: the broker forgets it.
    Acknowledge,
    /// Deliver it again to the same source, not before `after` has passed, with the attempt counted. A driver may
    /// round the delay up to its next level, and never down to nothing. On an ordered source, later messages of the
    /// same partition key may be delivered in the meantime.
    Retry {
        /// How long to wait at least.
        after: Duration,
    },
    /// Give it back unchanged to whichever consumer comes next. For shutting down: whether it counts as an
    /// [attempt](Delivery::attempt) depends on the broker, and releasing alone never makes a message a dead letter.
    Release,
    /// Move it to the dead letters of its source, complete, with this reason. The message is stored there before it
    /// is removed here.
    DeadLetter(DeadLetter),
}

/// The driver's half of a [`Settlement`]. Dropping it unsettled gives the message back to the broker.
pub trait Acknowledger: Send + Sync {
    /// Carries out the settlement.
    ///
    /// # Errors
    /// As [`Delivery::settle`].
    fn settle(self: Box<Self>, settlement: Settlement) -> SettleFuture;

    /// Resolves if the broker takes the message back before it is settled, because its lease ended: another consumer
    /// may handle it now, so this one should stop. `None` on brokers that do not do that.
    fn lost(&self) -> Option<BoxFuture<'static, ()>> {
        None
    }
}

/// The way back to the caller.
pub trait Responder: Send + Sync {
    /// Sends the next frame of the reply. A caller that has left is not an error: the frame is dropped. So is every
    /// frame after the one with [`Frame::end`].
    ///
    /// A caller has room for one frame, or for as many as [`Envelope::credit`] says; the future waits until there is
    /// room for this one.
    ///
    /// # Errors
    /// `TooLarge`, `Connection`; `Unsupported` for a frame that is not the only one, without
    /// [`Capabilities::streams`](super::Capabilities::streams).
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture;
}

/// A settlement or a frame that is being sent. Most need no waiting and are [done](SettleFuture::done) at once.
#[must_use = "it does its work when it is awaited"]
pub struct SettleFuture(Either<Ready<Result<()>>, BoxFuture<'static, Result<()>>>);

impl SettleFuture {
    /// One that has finished.
    pub fn done(result: Result<()>) -> Self {
        Self(Either::Left(ready(result)))
    }

    /// One that finishes with `work`. If it is dropped before, the driver gives the message back.
    pub fn until(work: impl Future<Output = Result<()>> + Send + 'static) -> Self {
        Self(Either::Right(Box::pin(work)))
    }

    /// The result, if it is known without waiting.
    ///
    /// # Errors
    /// `self`, when it has to be awaited.
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
