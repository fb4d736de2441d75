//! A leased message, until it is settled.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout_at};

use super::broker::{LeasedQueue, QueueKind, Target};
use super::connection::Connection;
use super::message::{self, CORRELATION_ID, LeasedMessage, REPLY_TO, Receipt, Received};
use super::receipts::Receipts;
use super::responder::ReplyTo;
use super::sender::BACKOFF;
use super::targets;
use super::temporary::Temporary;
use crate::envelope::{Envelope, MessageId, Text, attribute};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::kit::{Lease, LeaseState, Marks};
use crate::transport::{Acknowledger, DeadLetter, Delivery, Responder, SettleFuture, Settlement, Source};

/// The shortest delay of a retry.
const MIN_DELAY: Duration = Duration::from_millis(1);

/// The queue of one consumer, with everything that is needed to settle its messages.
pub(super) struct Origin {
    pub(super) connection: Arc<Connection>,
    pub(super) source: Source,
    pub(super) queue: Arc<LeasedQueue>,
    pub(super) receipts: Arc<Receipts>,
    /// The service that replies, if the messages are calls.
    pub(super) provider: Text,
    /// The queue of a broadcast, kept until the last message is settled.
    pub(super) temporary: Option<Temporary>,
}

/// Settles a message once. Releases the message if it is dropped before that.
pub(super) struct UnsettledGuard(Option<Unsettled>);

/// A message that is leased.
struct Unsettled {
    origin: Arc<Origin>,
    lease: Lease<Receipt>,
    received: Received,
    id: MessageId,
    /// Whether it may be handled twice.
    idempotent: bool,
    received_at: Instant,
    /// When the caller of a call stops waiting.
    deadline: Option<Instant>,
    handed_out: bool,
    _room: Option<OwnedSemaphorePermit>,
}

impl Origin {
    fn is_calls(&self) -> bool {
        self.queue.kind == QueueKind::Calls
    }

    /// Accepts a message that was just received. `None` if it must not be delivered: a call that may have been handled
    /// already, or whose deadline has passed.
    pub(super) fn accept(
        self: &Arc<Self>,
        received: Received,
        room: Option<OwnedSemaphorePermit>,
    ) -> Option<(UnsettledGuard, Envelope)> {
        let received_at = Instant::now();
        let envelope = message::envelope(&received);
        let left = envelope.expires_in.filter(|_| self.is_calls());
        let left = left.map(|left| left.saturating_sub(received.age.unwrap_or_default()));
        let repeated = received.deliveries > 1 && self.is_calls() && !envelope.idempotent;
        let lease = self.receipts.keeper.keep(received.receipt.clone(), received_at);
        let unsettled = Unsettled {
            origin: Arc::clone(self),
            lease,
            received,
            id: envelope.id.clone(),
            idempotent: envelope.idempotent,
            received_at,
            deadline: left.and_then(|left| received_at.checked_add(left)),
            // A call that may have been handled is not stored again.
            handed_out: repeated,
            _room: room,
        };
        if repeated {
            tracing::debug!(queue = self.queue.name, "dropped a call that was delivered before");
        }
        let accepted = !repeated && !unsettled.has_expired();
        let unsettled = UnsettledGuard(Some(unsettled));
        accepted.then_some((unsettled, envelope))
    }
}

impl UnsettledGuard {
    /// Makes a delivery of the message, unless it is a call that has expired.
    pub(super) fn into_delivery(mut self, envelope: Envelope) -> Option<Delivery> {
        let unsettled = self.0.as_mut()?;
        if unsettled.has_expired() || unsettled.lease.is_lost() {
            return None;
        }
        unsettled.handed_out = true;
        let (received, origin) = (&unsettled.received, &unsettled.origin);
        let (deliveries, age, received_at) =
            (received.deliveries.max(1), received.age, unsettled.received_at);
        let dead = matches!(origin.source, Source::DeadLetters(_));
        let dead_letter = dead.then(|| message::dead_letter(received));
        let envelope = Arc::new(envelope);
        let responder = unsettled.responder(&envelope);
        let mut delivery = Delivery::new(envelope, Box::new(self));
        delivery.attempt = deliveries;
        delivery.published_at = age.and_then(|age| SystemTime::now().checked_sub(age));
        delivery.received_at = received_at;
        delivery.dead_letter = dead_letter;
        delivery.responder = responder;
        Some(delivery)
    }

    async fn carry_out(mut self: Box<Self>, settlement: Settlement) -> Result<()> {
        let Some(unsettled) = &self.0 else { return Ok(()) };
        unsettled.settle(settlement).await?;
        self.0 = None;
        Ok(())
    }
}

impl Acknowledger for UnsettledGuard {
    fn settle(self: Box<Self>, settlement: Settlement) -> SettleFuture {
        SettleFuture::until(self.carry_out(settlement))
    }

    fn lost(&self) -> Option<BoxFuture<'static, ()>> {
        self.0.as_ref().map(|unsettled| unsettled.lease.lost().boxed())
    }
}

impl Drop for UnsettledGuard {
    fn drop(&mut self) {
        let Some(unsettled) = self.0.take() else { return };
        if !unsettled.lease.is_lost() {
            let connection = Arc::clone(&unsettled.origin.connection);
            connection.in_background(unsettled.give_back());
        }
    }
}

impl Unsettled {
    async fn settle(&self, settlement: Settlement) -> Result<()> {
        match settlement {
            Settlement::Acknowledge => self.delete().await,
            Settlement::Retry { after } if self.origin.is_calls() => {
                sleep(after).await;
                self.send_again().await
            }
            Settlement::Retry { after } => self.end_lease(after.max(MIN_DELAY)).await,
            Settlement::Release if self.origin.is_calls() => self.send_again().await,
            Settlement::Release => self.end_lease(Duration::ZERO).await,
            Settlement::DeadLetter(letter) => self.move_to_dead_letters(&letter).await,
            Settlement::Redrive => self.redrive().await,
        }
    }

    /// Releases a message that was not settled.
    async fn give_back(self) {
        let given_back = match (self.origin.is_calls(), self.handed_out) {
            // A call is delivered only once.
            (true, true) if !self.idempotent => self.delete().await,
            (true, false) => self.send_again().await,
            _ => self.end_lease(Duration::ZERO).await,
        };
        if let Err(error) = given_back {
            let queue = &self.origin.queue.name;
            tracing::debug!(
                queue,
                "a message was not given back, and comes again when its lease ends: {error:#}"
            );
        }
    }

    async fn delete(&self) -> Result<()> {
        self.until_done(|| self.origin.receipts.delete(self.lease.handle())).await
    }

    async fn end_lease(&self, after: Duration) -> Result<()> {
        self.lease.release();
        let after = after.min(self.origin.connection.broker.limits().capabilities.max_delay);
        self.until_done(|| self.origin.receipts.extend(self.lease.handle(), after)).await
    }

    /// Sends a call again that was not handled, with its remaining time: the broker counts deliveries, and a call that
    /// was delivered twice is dropped. It is sent at most once, so it is lost after an error.
    async fn send_again(&self) -> Result<()> {
        let mut copy = LeasedMessage::copy(&self.received, &self.id);
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            copy = copy.with(attribute::EXPIRES_IN, left.as_millis().to_string());
        }
        let sent = if self.has_expired() {
            Ok(())
        } else {
            let queue = Target::Queue(LeasedQueue::clone(&self.origin.queue));
            self.origin.connection.senders.to(queue).send(Arc::new(copy)).await
        };
        sent.and(self.delete().await)
    }

    async fn move_to_dead_letters(&self, letter: &DeadLetter) -> Result<()> {
        let connection = &self.origin.connection;
        let mut copy = LeasedMessage::copy(&self.received, &self.id)
            .with_marks(&Marks::dead(letter, &self.origin.queue.name));
        // The caller no longer waits for a reply.
        copy.attributes.remove(REPLY_TO);
        copy.attributes.remove(CORRELATION_ID);
        let dead = Target::Queue(targets::dead_letters(&connection.names, &self.origin.source));
        connection.senders.to(dead).store(Arc::new(copy), Connection::give_up()).await?;
        self.delete().await
    }

    async fn redrive(&self) -> Result<()> {
        let connection = &self.origin.connection;
        let target = targets::source_queue(&connection.names, self.origin.source.redrive_target()?, "");
        // Its consumers subscribe it to its topics.
        let target = LeasedQueue { topics: Vec::new(), ..target };
        let message = LeasedMessage::copy(&self.received, &self.id).redriven(target.ordered);
        let sender = connection.senders.to(Target::Queue(target));
        sender.store(Arc::new(message), Connection::give_up()).await?;
        self.delete().await
    }

    /// Repeats a request until it succeeds or the lease ends.
    async fn until_done<F>(&self, request: impl Fn() -> F) -> Result<()>
    where
        F: Future<Output = Result<LeaseState>>,
    {
        let (give_up, mut delays) = (Connection::give_up(), BACKOFF.delays());
        while !self.lease.is_lost() {
            let error = match timeout_at(give_up, request()).await {
                // The broker may report success for a lease that has ended, and deliver the message again.
                Ok(Ok(LeaseState::Held)) if self.lease.is_lost() => break,
                Ok(Ok(LeaseState::Held)) => return Ok(()),
                Ok(Ok(LeaseState::Lost)) => break,
                // The queue was deleted with the message.
                Ok(Err(error)) if error.kind() == ErrorKind::Topology => return Ok(()),
                Ok(Err(error)) => error,
                Err(_) => return Err(Error::new(ErrorKind::Connection, "the broker did not answer in time")),
            };
            let delay = delays.next_delay();
            if error.kind() != ErrorKind::Connection || Instant::now() + delay >= give_up {
                return Err(error);
            }
            sleep(delay).await;
        }
        let context = "the lease of the message ended before it was settled: the broker delivers it again";
        Err(Error::new(ErrorKind::Connection, context))
    }

    fn has_expired(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    fn responder(&self, call: &Arc<Envelope>) -> Option<Arc<dyn Responder>> {
        let attributes = &self.received.attributes;
        let queue = attributes.get(REPLY_TO).filter(|_| self.origin.is_calls())?;
        let correlation_id = attributes.get(CORRELATION_ID).cloned();
        let reply_to =
            ReplyTo::new(&self.origin.connection, queue, correlation_id, call, &self.origin.provider);
        Some(Arc::new(reply_to))
    }
}
