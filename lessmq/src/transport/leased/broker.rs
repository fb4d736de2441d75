//! The driver trait for brokers that lease messages.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::message::{LeasedMessage, Receipt, Received};
use crate::error::Result;
use crate::transport::kit::{LeaseState, NameStyle};
use crate::transport::{Capabilities, Status};

/// A broker that delivers messages of named queues with a lease, such as SQS and Pub/Sub. A message that is not deleted
/// before its lease ends is delivered again.
///
/// An implementation only carries out requests. [`Leased`](super::Leased) does everything else: names, batches,
/// attempts, retries, dead letters, replies, leases, and repeated requests. So:
///
/// * A request that fails returns an error, and the implementation does not repeat it. `Connection` means that it may
///   succeed later, for example if the broker throttles. `Topology` means that the queue or topic does not exist. Any
///   other kind is final.
/// * Requests with several messages return a result for each, in the same order. They never contain more messages than
///   [`BrokerLimits`] allow.
/// * Dropping the future of a request abandons it.
#[async_trait]
pub trait LeasedBroker: fmt::Debug + Send + Sync + 'static {
    /// The limits of the broker. Constant.
    fn limits(&self) -> &BrokerLimits;

    /// Creates a queue or topic unless it exists, and subscribes a queue to its topics, which must exist. If the queue
    /// exists, its [tags](LeasedQueue::tags) are replaced: they show that a temporary queue is in use.
    ///
    /// # Errors
    /// `Topology` if it exists and cannot be used as described; also if it is missing and this program has no
    /// permission to create it.
    async fn ensure(&self, target: &Target) -> Result<()>;

    /// Stores messages. If the target is ordered, in the given order.
    ///
    /// A message for a topic is stored in every queue that is subscribed to it. A message for a queue is stored in this
    /// queue only, even if the queue is subscribed to topics: this is how a dead letter goes back to its consumer group.
    /// If the broker accepts messages only for topics, each queue needs one more topic, which only this queue is
    /// subscribed to. After an error, the message may or may not be stored.
    async fn send(&self, target: &Target, messages: &[Arc<LeasedMessage>]) -> Vec<Result<()>>;

    /// Leases up to `max` messages for [`BrokerLimits::lease`]. Waits up to `wait` for the first one, and then returns
    /// the available messages.
    ///
    /// For an ordered queue, a message is not returned while an earlier one with the same key is leased, except in the
    /// same response, in order.
    async fn receive(&self, queue: &LeasedQueue, max: usize, wait: Duration) -> Result<Vec<Received>>;

    /// Deletes leased messages.
    ///
    /// `Held` means that the message is deleted. A broker that does not know whether the lease had ended may also
    /// return `Held`, because the caller checks the time.
    async fn delete(&self, queue: &LeasedQueue, receipts: &[Receipt]) -> Vec<Result<LeaseState>>;

    /// Makes leases end after the given times from now. With zero, the message is delivered again at once.
    async fn extend(&self, queue: &LeasedQueue, leases: &[(Receipt, Duration)]) -> Vec<Result<LeaseState>>;

    /// Counts the messages of a queue. [`Status::dead`] stays `None`.
    ///
    /// # Errors
    /// `Topology` if the queue does not exist; `Unsupported` without [`Capabilities::status`].
    async fn status(&self, queue: &LeasedQueue) -> Result<Status>;

    /// Deletes a queue with its messages and subscriptions. A queue that does not exist is not an error.
    async fn remove(&self, queue: &LeasedQueue) -> Result<()>;

    /// Lists the queues that have tags and a name that begins with `prefix`, with their tags.
    async fn tagged(&self, prefix: &str) -> Result<Vec<LeasedQueue>>;

    /// The current time, for the tags of temporary queues.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Closes the connection. No request follows.
    async fn close(&self) -> Result<()> {
        Ok(())
    }
}

/// The limits of a leased broker.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BrokerLimits {
    /// The capabilities. [`Leased`](super::Leased) adds those that it implements itself. [`Capabilities::max_message`]
    /// must leave room for the encoding, and for the attributes of a dead letter (up to 9 KiB).
    pub capabilities: Capabilities,
    /// The rules for names. The length limit is [`Capabilities::max_name`].
    pub names: NameStyle,
    /// How long a message is leased when it is received; 30 seconds by default.
    pub lease: Duration,
    /// The longest time to wait for messages; 20 seconds by default.
    pub max_wait: Duration,
    /// How many messages one request can receive; by default as many as [`Capabilities::max_batch`].
    pub max_receive: usize,
    /// Whether [`LeasedBroker::send`] stores all of its messages or none. If not, messages of one key are sent one at a
    /// time, so that no message is stored if an earlier one failed. `false` by default.
    pub atomic_batches: bool,
}

impl BrokerLimits {
    /// The limits of a broker with these capabilities.
    #[must_use]
    pub fn new(capabilities: Capabilities, names: NameStyle) -> Self {
        Self {
            max_receive: capabilities.max_batch.messages,
            names: NameStyle { max_length: capabilities.max_name.min(names.max_length), ..names },
            lease: Duration::from_secs(30),
            max_wait: Duration::from_secs(20),
            atomic_batches: false,
            capabilities,
        }
    }
}

/// Where messages are sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A queue.
    Queue(LeasedQueue),
    /// A topic.
    Topic(LeasedTopic),
}

/// A queue of the broker, with everything that is needed to create it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct LeasedQueue {
    /// The name on the broker.
    pub name: String,
    /// The kind of the queue.
    pub kind: QueueKind,
    /// Whether messages of one key are delivered in order.
    pub ordered: bool,
    /// The topics whose messages are copied into it.
    pub topics: Vec<LeasedTopic>,
    /// Tags, for temporary queues: lower-case letters, digits and hyphens.
    pub tags: BTreeMap<String, String>,
}

/// The kind of a queue. It determines how long messages are kept, and when the queue is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum QueueKind {
    /// Commands, and the events of a consumer group: kept as long as possible.
    Work,
    /// Calls: kept for minutes.
    Calls,
    /// Dead letters: kept as long as possible.
    DeadLetters,
    /// Replies to the calls of one process: kept for minutes. Temporary.
    Replies,
    /// The events of one consumer of a broadcast: kept for minutes. Temporary.
    Broadcast,
    /// An external queue: never created, changed or deleted. The driver documents the form of the name.
    External,
}

/// A topic of the broker, with everything that is needed to create it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct LeasedTopic {
    /// The name on the broker.
    pub name: String,
    /// Whether messages of one key are stored in order.
    pub ordered: bool,
    /// Whether the topic is external: never created, changed or deleted.
    pub external: bool,
}

impl LeasedQueue {
    /// A queue without order, topics and tags.
    pub fn new(name: impl Into<String>, kind: QueueKind) -> Self {
        Self { name: name.into(), kind, ordered: false, topics: Vec::new(), tags: BTreeMap::new() }
    }
}

impl LeasedTopic {
    /// A topic without order that is not external.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ordered: false, external: false }
    }
}

impl Target {
    /// The name on the broker.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Queue(queue) => &queue.name,
            Self::Topic(topic) => &topic.name,
        }
    }

    /// Whether the queue or topic is external.
    #[must_use]
    pub fn is_external(&self) -> bool {
        match self {
            Self::Queue(queue) => queue.kind == QueueKind::External,
            Self::Topic(topic) => topic.external,
        }
    }

    /// Whether messages of one key are stored in order.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        match self {
            Self::Queue(queue) => queue.ordered,
            Self::Topic(topic) => topic.ordered,
        }
    }
}
