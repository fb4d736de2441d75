//! What a broker that leases messages implements.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::message::{LeasedMessage, Receipt, Received};
use crate::error::Result;
use crate::transport::kit::{LeaseState, NameStyle};
use crate::transport::{Capabilities, Status};

/// A broker that hands out messages of named queues under a lease: SQS, Pub/Sub, and the like. A message that is not
/// deleted before its lease ends is handed out again.
///
/// An implementation only carries out requests. Everything else is [`Leased`](super::Leased)'s work: names, batches,
/// attempts, retries, dead letters, replies, leases, and trying again. So:
///
/// * A request that fails returns an error and is not tried again here. `Connection` means that it may succeed later,
///   such as when the broker throttles; `Topology` that the queue or topic does not exist; any other kind is final.
/// * Requests on several messages return a result for each, in their order, and never more messages than
///   [`BrokerLimits`] allow are passed.
/// * Dropping the future of a request abandons it.
#[async_trait]
pub trait LeasedBroker: fmt::Debug + Send + Sync + 'static {
    /// What the broker can do. Constant.
    fn limits(&self) -> &BrokerLimits;

    /// Creates a queue or topic unless it exists. A queue is also subscribed to its topics, which exist. Of a queue
    /// that exists, the [tags](LeasedQueue::tags) are replaced: this is how a temporary queue shows that it is in use.
    ///
    /// # Errors
    /// `Topology` if it exists and cannot be used as described; also if it is missing, and this program may not
    /// create it.
    async fn ensure(&self, target: &Target) -> Result<()>;

    /// Stores messages, in order, where the target is ordered.
    ///
    /// Where the target is a topic, a message is stored in every queue that is subscribed to it. Errors mean that the
    /// message was not stored, or that this is not known.
    async fn send(&self, target: &Target, messages: &[Arc<LeasedMessage>]) -> Vec<Result<()>>;

    /// Leases up to `max` messages for [`BrokerLimits::lease`]. Waits up to `wait` for the first one, and then returns
    /// what there is.
    ///
    /// Of an ordered queue, no message is returned while an earlier one with the same key is leased, other than in the
    /// same answer, in order.
    async fn receive(&self, queue: &LeasedQueue, max: usize, wait: Duration) -> Result<Vec<Received>>;

    /// Deletes leased messages.
    ///
    /// `Held` means that the message is deleted. A broker that cannot tell whether the lease had ended may return it
    /// for a message that is not: the caller watches the clock.
    async fn delete(&self, queue: &LeasedQueue, receipts: &[Receipt]) -> Vec<Result<LeaseState>>;

    /// Makes leases end after the given times from now. With zero, the message is handed out again at once.
    async fn extend(&self, queue: &LeasedQueue, leases: &[(Receipt, Duration)]) -> Vec<Result<LeaseState>>;

    /// Counts the messages of a queue. [`Status::dead`] stays `None`.
    ///
    /// # Errors
    /// `Topology` if the queue does not exist; `Unsupported` without [`Capabilities::status`].
    async fn status(&self, queue: &LeasedQueue) -> Result<Status>;

    /// Deletes a queue with its messages and subscriptions. One that does not exist is not an error.
    async fn remove(&self, queue: &LeasedQueue) -> Result<()>;

    /// Lists the queues that have tags and a name that begins with `prefix`, with their tags.
    async fn tagged(&self, prefix: &str) -> Result<Vec<LeasedQueue>>;

    /// The time by which the tags of temporary queues are written and read.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Ends the connection. No other request follows.
    async fn close(&self) -> Result<()> {
        Ok(())
    }
}

/// What a leased broker can do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BrokerLimits {
    /// As [`Leased`](super::Leased) reports them. It fills in what it implements itself.
    /// [`Capabilities::max_message`] leaves room for what the encoding adds, and for the attributes of a dead letter: up
    /// to 9 KiB.
    pub capabilities: Capabilities,
    /// What is allowed in a name. Its length is [`Capabilities::max_name`].
    pub names: NameStyle,
    /// How long a message is leased when it is received. Thirty seconds unless set.
    pub lease: Duration,
    /// The longest time to wait for messages. Twenty seconds unless set.
    pub max_wait: Duration,
    /// How many messages one request can receive. As many as [`Capabilities::max_batch`] unless set.
    pub max_receive: usize,
    /// Whether the messages of one [`LeasedBroker::send`] are stored all or none. If not, messages of one key are sent
    /// one at a time, so that none is stored after one before it failed. `false` unless set.
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

/// A queue of the broker, and what has to be known to create it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct LeasedQueue {
    /// Its name on the broker.
    pub name: String,
    /// What it is for.
    pub kind: QueueKind,
    /// Whether messages of one key are handed out in order.
    pub ordered: bool,
    /// The topics whose messages are copied into it.
    pub topics: Vec<LeasedTopic>,
    /// Tags, for temporary queues: lower-case letters, digits and hyphens.
    pub tags: BTreeMap<String, String>,
}

/// What a queue is for. It decides how long messages are kept, and who deletes the queue.
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
    /// Not ours: never created, changed or deleted. The name is written as the driver documents.
    External,
}

/// A topic of the broker, and what has to be known to create it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct LeasedTopic {
    /// Its name on the broker.
    pub name: String,
    /// Whether messages of one key are stored in order.
    pub ordered: bool,
    /// Whether it is not ours: never created, changed or deleted.
    pub external: bool,
}

impl LeasedQueue {
    /// A queue without order, topics and tags.
    pub fn new(name: impl Into<String>, kind: QueueKind) -> Self {
        Self { name: name.into(), kind, ordered: false, topics: Vec::new(), tags: BTreeMap::new() }
    }
}

impl LeasedTopic {
    /// A topic of ours, without order.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ordered: false, external: false }
    }
}

impl Target {
    /// Its name on the broker.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Queue(queue) => &queue.name,
            Self::Topic(topic) => &topic.name,
        }
    }

    /// Whether it is not ours.
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
