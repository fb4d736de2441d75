//! What a driver implements, and what it says of itself.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{ConsumeOptions, Consumer, Outgoing, Queue, Replies, Source, Status};
use crate::envelope::Envelope;
use crate::error::Result;

/// One broker, over one connection or a few.
///
/// Implementations are cheap to share behind an `Arc`, may be used from any task, and restore their connection,
/// queues and consumers on their own after the broker was unreachable. What an operation took (channels, consumers,
/// queues, entries of waiting callers) is given back whether it succeeds or fails.
///
/// A broker that leases messages from named queues needs less than this: implement
/// [`LeasedBroker`](super::leased::LeasedBroker), and use [`Leased`](super::leased::Leased).
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// What this driver can do. Constant for the life of the transport.
    fn capabilities(&self) -> &Capabilities;

    /// Hands messages to the broker, and returns a result for each, in the same order.
    ///
    /// `Ok` means: **the broker has stored the message** in every queue and subscription that wants it. An event
    /// without subscriptions is stored nowhere, which is `Ok`. Commands to a service that was never started wait for
    /// it. While the broker is unreachable the call may wait, for as long as the driver documents. A message whose
    /// fate is unknown is sent again or reported as an error: it may arrive twice and is never silently lost.
    ///
    /// One message that fails does not keep the others from being stored, with one exception. Messages of one ordered
    /// destination and one partition key are stored in the order of the batch; those without a key count as messages
    /// of one key. When the broker does not store one of them, those behind it are not sent and fail, too. A message
    /// that is never sent, such as one that is over the limit, does not affect those behind it. The driver splits a
    /// batch that is larger than [`Capabilities::max_batch`].
    ///
    /// # Errors
    /// For each message: `Connection` when the broker is unreachable or rejected it, `TooLarge`, `Topology` when a
    /// queue of the same name has other arguments, `Closed` after [`Transport::close`].
    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<()>>;

    /// [Publishes](Transport::publish) a single message. Drivers whose broker takes batches send it together with
    /// what other tasks publish at the moment, without waiting for more.
    ///
    /// # Errors
    /// As [`Transport::publish`].
    async fn publish_one(&self, message: Outgoing) -> Result<()> {
        self.publish(vec![message]).await.pop().unwrap_or(Ok(()))
    }

    /// Sends a call when the replies are first polled, and receives its reply: frames, in order, until one with
    /// [`Frame::end`](crate::envelope::Frame::end), or an error.
    ///
    /// The message is delivered at most once. The broker drops it when `deadline` passes first, and
    /// [`Envelope::expires_in`] tells the provider how much time was left when it was sent. Dropping the replies
    /// cancels the call: a frame that arrives later is dropped. Any number of calls may be in progress, and their
    /// replies arrive in any order. A reply of more than one frame needs [`Capabilities::streams`].
    ///
    /// # Errors
    /// `DeadlineExceeded`; `Unavailable` when no one has ever provided the service on this bus; `Connection` when
    /// the connection broke while waiting, since the reply is then lost; `Unsupported` for a queue of commands;
    /// otherwise as [`Transport::publish`].
    fn call<'a>(&'a self, to: &'a Queue, message: Arc<Envelope>, deadline: Instant) -> Replies<'a>;

    /// Starts to consume. Returns once the broker stores messages for this source: what is published after that is
    /// not missed.
    ///
    /// Deliveries of one source are shared among all its consumers; with
    /// [`Group::Broadcast`](super::Group::Broadcast) each consumer gets its own copies. At most
    /// [`ConsumeOptions::prefetch`] deliveries are unsettled at a time. A delivery whose settlement takes long does
    /// not hold up the next one. Of an ordered source, messages of one partition key go to one consumer at a time,
    /// over all processes; another takes over when it ends. A driver may give it all keys.
    ///
    /// # Errors
    /// `Connection`, `Topology`, `Unsupported` for what [`Capabilities`] rule out, `Closed`.
    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer>;

    /// Counts the messages of a source, without creating anything.
    ///
    /// # Errors
    /// `Topology` when the source does not exist, `Unsupported` without [`Capabilities::status`], `Connection`,
    /// `Closed`.
    async fn status(&self, source: &Source) -> Result<Status>;

    /// Drops the messages of a source that wait for a consumer, and returns how many they were, where the broker
    /// says. Messages that wait for a retry may stay. Dead letters are a source of their own.
    ///
    /// # Errors
    /// As [`Transport::status`]; `Unsupported` without [`Capabilities::purge`], and for what is not ours.
    async fn purge(&self, source: &Source) -> Result<Option<u64>>;

    /// Deletes a source, its dead letters and what the driver created for them, with all messages. A source that does
    /// not exist is not an error.
    ///
    /// # Errors
    /// `Unsupported` for what is not ours, `Connection`, `Closed`.
    async fn delete(&self, source: &Source) -> Result<()>;

    /// Ends the connection. Unsettled messages go back to the broker; calls in progress fail with `Closed`. A second
    /// call does nothing.
    ///
    /// # Errors
    /// `Connection` when the connection broke before the broker confirmed.
    async fn close(&self) -> Result<()>;
}

/// What a driver can do. If a service needs what the driver cannot do, it does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The driver's name, as in its address: `memory`.
    pub driver: &'static str,
    /// The largest message, in bytes: payload and attributes, as [`Envelope::encoded_len`] counts them.
    pub max_message: usize,
    /// The largest attributes, in bytes, counted the same way.
    pub max_attributes: usize,
    /// What the broker takes in one request. The driver splits larger batches.
    pub max_batch: BatchLimit,
    /// How long a delivery can stay unsettled; `None` where there is no limit.
    pub max_hold: Option<Duration>,
    /// The longest delay of a [retry](super::Settlement::Retry).
    pub max_delay: Duration,
    /// The longest name of a queue or topic on the broker, in bytes. The driver shortens longer ones.
    pub max_name: usize,
    /// Whether there are ordered queues and topics.
    pub ordering: bool,
    /// Whether a reply can have more than one frame.
    pub streams: bool,
    /// Whether [`Transport::status`] works.
    pub status: bool,
    /// Whether [`Transport::purge`] works.
    pub purge: bool,
    /// Whether queues and topics that are not ours can be used.
    pub external: bool,
    /// Whether stored messages outlive this process.
    pub durable: bool,
}

/// The limits of one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimit {
    /// How many messages.
    pub messages: usize,
    /// How many bytes, as [`Envelope::encoded_len`] counts them.
    pub bytes: usize,
}

impl Capabilities {
    /// A driver that takes messages of up to `max_message` bytes, one at a time, and has nothing else. Set the fields
    /// of what it can do.
    #[must_use]
    pub const fn new(driver: &'static str, max_message: usize) -> Self {
        Self {
            driver,
            max_message,
            max_attributes: max_message,
            max_batch: BatchLimit { messages: 1, bytes: max_message },
            max_hold: None,
            max_delay: Duration::MAX,
            max_name: usize::MAX,
            ordering: false,
            streams: false,
            status: false,
            purge: false,
            external: false,
            durable: false,
        }
    }

    /// Checks a message against the limits of size.
    ///
    /// # Errors
    /// `TooLarge`.
    pub fn check_size(&self, message: &Envelope) -> Result<()> {
        let (attributes, payload) = (message.attributes_len(), message.data.len());
        if attributes > self.max_attributes {
            return Err(super::too_large("the attributes", attributes, self.max_attributes));
        }
        if attributes + payload > self.max_message {
            return Err(super::too_large("the message", attributes + payload, self.max_message));
        }
        Ok(())
    }
}
