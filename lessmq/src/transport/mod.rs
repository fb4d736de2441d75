//! The driver trait: what a broker must do for LessMQ.
//!
//! A driver moves [`Envelope`]s. It knows nothing of contracts, never decodes a payload, never retries on its own
//! and never logs a secret: retry, deadlines, tracing and the contract check stand above it, once for all brokers.
//! Applications hold a [`Bus`](crate::Bus), never a driver. The behaviour that the docs here promise is checked by
//! the conformance suite in `lessmq::testing`.

mod connect;
mod delivery;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::time::Instant;

pub use self::connect::{ConnectOptions, connect};
pub use self::delivery::{
    Acknowledger, DeadLetter, DeadLetterReason, Delivery, Responder, Settlement, Settling,
};
use crate::envelope::{Envelope, Reply, Text};
use crate::error::Result;

/// One broker, over one connection or a few.
///
/// Implementations are cheap to share behind an `Arc`, may be used from any task, and restore their connection,
/// queues and consumers by themselves after the broker was away.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// What this driver can do. Constant for the life of the transport.
    fn capabilities(&self) -> Capabilities;

    /// Hands one message to the broker.
    ///
    /// `Ok` means: **the broker has stored it** (a command, an event), with every queue that wants it. An event
    /// that nobody has subscribed to is stored nowhere, which is `Ok`. Commands to a service that has not been
    /// started yet wait for it. While the broker is away the call may wait, for as long as the driver's documented
    /// limit; a message whose fate is unknown is sent again or reported as an error, so that it may arrive twice
    /// but is never silently lost.
    ///
    /// # Errors
    /// `Connection` when the broker is away or refused the message, `TooLarge`, `Topology` when a queue of the same
    /// name has other arguments, `Closed` after [`Transport::close`].
    async fn publish(&self, to: &Address, message: Arc<Envelope>) -> Result<()>;

    /// Sends a call and waits for its reply until `deadline`.
    ///
    /// The message is delivered at most once; the driver sees to it that the broker drops it when the deadline
    /// passes first, and that the provider learns from [`Envelope::expires_in`] how much was left when it was sent.
    /// Dropping the future forgets the call; a reply that comes later is dropped. Many requests may be under way at
    /// once, and replies come in any order.
    ///
    /// # Errors
    /// `DeadlineExceeded`; `Unavailable` when nobody has ever provided the service on this bus; `Connection` when
    /// the connection broke while waiting, for then the reply is lost; otherwise as [`Transport::publish`].
    async fn request(&self, to: &Address, message: Arc<Envelope>, deadline: Instant) -> Result<Reply>;

    /// Starts to consume. Returns once the broker has everything it needs to store messages for this source: what
    /// is published after that is not missed.
    ///
    /// Deliveries of one source are shared among all consumers of that source; with
    /// [`Group::Broadcast`] each consumer gets its own copy. At most [`ConsumeOptions::prefetch`] deliveries are
    /// out unsettled at a time.
    ///
    /// # Errors
    /// `Connection`, `Topology`, `Unsupported` for what [`Capabilities`] deny, `Closed`.
    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer>;

    /// Ends the connection. Messages out for handling go back to the broker; waiting requests fail with `Closed`.
    /// A second call does nothing.
    ///
    /// # Errors
    /// `Connection` when the broker could not be told.
    async fn close(&self) -> Result<()>;
}

/// What a driver can do. What a service needs and the driver lacks is an error at start-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The driver's name, as in its address: `rabbitmq`.
    pub name: &'static str,
    /// The largest payload, in bytes.
    pub max_payload: usize,
    /// The longest delay before another attempt.
    pub max_retry_delay: Duration,
    /// Whether a source can be consumed in order, by one consumer at a time.
    pub ordered: bool,
    /// Whether queues and exchanges that exist already can be used.
    pub existing: bool,
    /// Whether stored messages outlive this process.
    pub durable: bool,
}

/// Where a message is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// The calls of a service.
    Calls {
        /// The providing service.
        service: Text,
    },
    /// The commands of a service.
    Commands {
        /// The providing service.
        service: Text,
    },
    /// Everyone who subscribed to an event.
    Event {
        /// The publishing service.
        service: Text,
        /// The event's name.
        event: Text,
    },
    /// An exchange that is not ours.
    Existing {
        /// The exchange; empty for the default exchange, which routes by queue name.
        exchange: Text,
        /// The routing key.
        routing_key: Text,
    },
}

/// Where messages are consumed from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The calls of a service: delivered at most once, dropped when their deadline passes.
    Calls {
        /// The providing service.
        service: Text,
    },
    /// The commands of a service: kept until one consumer has acknowledged.
    Commands {
        /// The providing service.
        service: Text,
    },
    /// Events of a service: every group gets each, and within a group one consumer.
    Events {
        /// The publishing service.
        service: Text,
        /// The events' names.
        events: Vec<Text>,
        /// Who shares the deliveries.
        group: Group,
    },
    /// A queue that is not ours. Nothing about it is declared or changed but, where `bind` asks for it, a queue of
    /// our own that is bound to an existing exchange.
    Existing {
        /// The queue: an existing one, or with `bind` our own.
        queue: Text,
        /// The exchange and the routing key to bind our own queue to.
        bind: Option<(Text, Text)>,
    },
    /// The dead letters of another source.
    DeadLetters(Box<Source>),
}

/// Who shares the deliveries of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// The consumers of this name, each event going to one of them. Its messages are kept while none is there.
    Named(Text),
    /// Every consumer gets every event, from the moment it subscribes until it goes.
    Broadcast,
}

/// How to consume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumeOptions {
    /// How many deliveries may be out unsettled at a time; at least one.
    pub prefetch: u16,
    /// One consumer of the source at a time, over all processes, in the order of publishing; another takes over
    /// when it goes.
    pub ordered: bool,
}

/// A running consumer. Dropping it stops the deliveries; those that were handed out can still be settled.
pub struct Consumer(BoxStream<'static, Result<Delivery>>);

impl Consumer {
    /// A consumer that yields what `stream` yields. The stream is polled until it ends or the consumer is dropped.
    pub fn new(stream: impl futures_util::Stream<Item = Result<Delivery>> + Send + 'static) -> Self {
        Self(stream.fuse().boxed())
    }

    /// The next delivery; `None` after the transport was closed.
    ///
    /// # Errors
    /// The driver gave up on this consumer and the stream ends: the queue is gone for good, or cannot be restored.
    pub async fn next(&mut self) -> Option<Result<Delivery>> {
        self.0.next().await
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").finish_non_exhaustive()
    }
}
