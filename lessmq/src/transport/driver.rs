//! The driver trait, and the description of a driver's capabilities.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{ConnectionStatus, ConsumeOptions, Consumer, Outgoing, Queue, Replies, Source, Status};
use crate::envelope::Envelope;
use crate::error::Result;

/// A connection to a broker.
///
/// A transport is cheap to share behind an `Arc`, and many tasks may use it at the same time. It restores its
/// connection, queues and consumers after the broker was unreachable. An operation releases its resources, whether it
/// succeeds or fails: channels, consumers, queues, entries of waiting callers.
///
/// A broker that leases messages from named queues needs less than this: implement
/// [`LeasedBroker`](super::leased::LeasedBroker), and use [`Leased`](super::leased::Leased).
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// What this driver can do. This is constant for the life of the transport.
    fn capabilities(&self) -> &Capabilities;

    /// Whether the broker is reachable, without asking it. After [`Transport::close`] it is not.
    fn connection_status(&self) -> ConnectionStatus;

    /// Publishes messages, and returns a result for each message, in the same order. An empty batch has no results. The
    /// messages of a batch may have different destinations.
    ///
    /// `Ok` means: **the broker has stored the message** in every queue and subscription that receives it. An event
    /// without subscriptions is stored nowhere, which is `Ok`. Commands to a service that was never started wait for
    /// it. While the broker is unreachable the call may wait, for as long as the driver documents. If it is unknown
    /// whether a message was stored, it is sent again or reported as an error. So a message may arrive twice, but is
    /// never silently lost. When nothing fails, each message is sent once.
    ///
    /// If one message fails, the others are still stored, with one exception. Messages of one ordered destination and
    /// one partition key are stored in the order of the batch; those without a key count as messages of one key. When
    /// the broker does not store one of them, those behind it are not sent and fail, too. A message that is never sent,
    /// such as one that is over the limit, does not affect those behind it. The driver splits a batch that is larger
    /// than [`Capabilities::max_batch`].
    ///
    /// # Errors
    /// For each message: `Connection` when the broker is unreachable or rejected it, `TooLarge`, `Topology` when a
    /// queue of the same name has other arguments, `Closed` after [`Transport::close`].
    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<()>>;

    /// [Publishes](Transport::publish) a single message. If the broker supports batches, the driver sends it together
    /// with messages that other tasks publish at the same time, without waiting for more.
    ///
    /// # Errors
    /// As [`Transport::publish`].
    async fn publish_one(&self, message: Outgoing) -> Result<()> {
        self.publish(vec![message]).await.pop().unwrap_or(Ok(()))
    }

    /// Sends a call when the replies are first polled, and receives its reply: frames, in order, until one with
    /// [`Frame::end`](crate::envelope::Frame::end), or an error.
    ///
    /// The message is delivered at most once. A call that may be handled twice ([`Envelope::idempotent`]) is delivered
    /// again if it is dropped or its provider dies. The broker drops a call when `deadline` passes before a provider
    /// receives it, and [`Envelope::expires_in`] tells the provider how much time was left when it was sent. Dropping
    /// the replies cancels the call: a frame that arrives later is dropped. Any number of calls may be in progress, and
    /// their replies arrive in any order, each at its own caller. A reply of more than one frame needs
    /// [`Capabilities::streams`].
    ///
    /// # Errors
    /// `DeadlineExceeded` if `deadline` passes before the reply arrives; `Unavailable` if the service never ran on this bus; `Connection` if the connection broke
    /// while waiting, because the reply is then lost; `Unsupported` for a queue of commands; otherwise as
    /// [`Transport::publish`].
    fn call<'a>(&'a self, to: &'a Queue, message: Arc<Envelope>, deadline: Instant) -> Replies<'a>;

    /// Starts to consume: the consumer gets the messages that wait in this source, and those that arrive later. When
    /// this returns, the broker stores messages for this source, so later messages are not missed. Any number of
    /// consumers may start at the same time.
    ///
    /// Deliveries of one source are shared among all its consumers, on one connection or several; with
    /// [`Group::Broadcast`](super::Group::Broadcast) each consumer gets its own copies. At most [`ConsumeOptions::prefetch`] deliveries are unsettled at a time. A
    /// slow settlement does not delay the next delivery. With an ordered source, messages of one partition key go to
    /// one consumer at a time, over all processes. When that consumer ends, another one takes over. A driver may
    /// deliver all keys to one consumer.
    ///
    /// # Errors
    /// `Connection`, `Topology`, `Unsupported` for features that the [`Capabilities`] lack, `Closed`.
    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer>;

    /// Counts the messages of a source. If the source does not exist, this fails and creates nothing.
    ///
    /// # Errors
    /// `Topology` when the source does not exist, `Unsupported` without [`Capabilities::status`], `Connection`,
    /// `Closed`.
    async fn status(&self, source: &Source) -> Result<Status>;

    /// Deletes the messages of a source that wait for a consumer. Returns their number, if the broker reports it.
    /// Unsettled messages and dead letters stay, and messages that wait for a retry may stay. The dead letters are a
    /// separate source, which can be purged.
    ///
    /// # Errors
    /// As [`Transport::status`]; `Unsupported` without [`Capabilities::purge`], and for external queues.
    async fn purge(&self, source: &Source) -> Result<Option<u64>>;

    /// Deletes a source with its dead letters, all queues that the driver created for them, and all messages. A deleted
    /// source can be used again, and a deleted subscription gets no more messages. A source that does not exist is not
    /// an error.
    ///
    /// # Errors
    /// `Unsupported` for external queues, `Connection`, `Closed`.
    async fn delete(&self, source: &Source) -> Result<()>;

    /// Closes this connection; other connections stay open. Its consumers end. Unsettled messages go back to the broker.
    /// Calls in progress fail with `Closed`. Later operations fail with `Closed`, and so does each message of a later
    /// batch. Closing again does nothing.
    ///
    /// # Errors
    /// `Connection` if the connection broke before the broker confirmed that it is closed.
    async fn close(&self) -> Result<()>;
}

/// What a driver can do. A service that needs more does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The driver's name, as in its address: `memory`.
    pub driver: &'static str,
    /// The largest message, in bytes: payload and attributes, as [`Envelope::encoded_len`] counts them. A message of this
    /// size is delivered. A larger message, call or reply is refused with `TooLarge`.
    pub max_message: usize,
    /// The largest attributes, in bytes, counted the same way. Attributes of this size are delivered. A message with
    /// larger attributes is refused with `TooLarge`.
    pub max_attributes: usize,
    /// The largest batch of one request. The driver splits larger batches.
    pub max_batch: BatchLimit,
    /// How long a delivery can stay unsettled; `None` without a limit.
    pub max_hold: Option<Duration>,
    /// The longest delay of a [retry](super::Settlement::Retry).
    pub max_delay: Duration,
    /// The longest name of a queue or topic on the broker, in bytes. The driver shortens longer names, so that services,
    /// methods and groups may have names of any valid length. Names that differ are still different after that.
    pub max_name: usize,
    /// Whether queues and topics can be ordered. If not, consuming from an ordered source fails with `Unsupported`.
    pub ordering: bool,
    /// Whether a reply can have more than one frame. If not, [`Responder::send`](super::Responder::send) refuses such a
    /// reply with `Unsupported`.
    pub streams: bool,
    /// Whether [`Transport::status`] counts messages. If not, it fails with `Unsupported`.
    pub status: bool,
    /// Whether [`Transport::purge`] deletes messages. If not, it fails with `Unsupported`.
    pub purge: bool,
    /// Whether external queues and topics can be used. If not, publishing to them and consuming from them fails with
    /// `Unsupported`.
    pub external: bool,
    /// Whether stored messages outlive this process. If so, they also survive a restart of the broker.
    pub durable: bool,
    /// Whether several consumers in one process take the messages of a queue faster than one consumer. This is so if
    /// messages never leave the process. Where a connection carries them, one consumer is as fast as the connection.
    pub parallel_consumers: bool,
}

/// The limits of one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimit {
    /// The maximum number of messages.
    pub messages: usize,
    /// The maximum number of bytes, as [`Envelope::encoded_len`] counts them.
    pub bytes: usize,
}

impl Capabilities {
    /// A driver that accepts messages of up to `max_message` bytes, one at a time, and has no optional capability. Set
    /// the fields of those that it has.
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
            parallel_consumers: false,
        }
    }

    /// Checks the size of a message against the limits.
    ///
    /// # Errors
    /// `TooLarge`.
    pub fn check_size(&self, message: &Envelope) -> Result<()> {
        let (attributes, payload) = (message.attributes_len(), message.data.len());
        if attributes > self.max_attributes {
            return Err(super::too_large_error("the attributes", attributes, self.max_attributes));
        }
        if attributes + payload > self.max_message {
            return Err(super::too_large_error("the message", attributes + payload, self.max_message));
        }
        Ok(())
    }
}
