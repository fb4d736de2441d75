//! Where messages are sent to and consumed from: queues and topics, by name.
//!
//! A driver converts these names to the broker's names, for example with `kit::Names`. [External](Queue::External)
//! queues and topics keep their names, and are never created, changed or deleted.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::name::{ExternalName, MethodName, Name};

/// Where a message is sent. Each queue and each topic is separate: only its own consumers get its messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// One consumer gets the message.
    Queue(Queue),
    /// Every subscription gets a copy of the message.
    Topic(Topic),
}

/// A queue: each message goes to one consumer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// The calls of a service. A call is delivered at most once, unless it is
    /// [idempotent](crate::envelope::Envelope::idempotent). A call is dropped when its deadline passes.
    Calls {
        /// The providing service.
        service: Name,
    },
    /// The commands of a service. Each command is kept until a consumer has acknowledged it.
    Commands {
        /// The providing service.
        service: Name,
        /// Whether messages of one [partition key](crate::envelope::Envelope::partition_key) are delivered in the order
        /// of publishing. This is decided when the queue is created, so ordered commands have a separate queue.
        ordered: bool,
    },
    /// A queue that LessMQ does not create. It carries plain JSON payloads.
    External {
        /// The name on the broker.
        name: ExternalName,
    },
}

/// A topic: each message is copied to every subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// One event of a service.
    Event {
        /// The publishing service.
        service: Name,
        /// The event.
        event: MethodName,
        /// As with [`Queue::Commands`].
        ordered: bool,
    },
    /// A topic that LessMQ does not create. It carries plain JSON payloads.
    External {
        /// The name on the broker.
        name: ExternalName,
    },
}

/// Where messages are consumed from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A queue.
    Queue(Queue),
    /// The messages that one group gets from its topics.
    Subscription(Subscription),
    /// The dead letters of another source. Every queue and every group has separate dead letters. A dead letter that fails
    /// again stays in the same queue.
    DeadLetters(Box<Source>),
}

/// Topics, and the group that consumes their messages. The group gets no messages of other topics.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Subscription {
    /// The topics; either all or none are ordered. There is at least one, except in a subscription that was parsed from
    /// text, which only names it.
    pub topics: Vec<Topic>,
    /// The service of the topics. The service and the group identify the subscription.
    pub service: Name,
    /// Only for external topics: the method of their messages, which is part of the subscription's name.
    pub method: Option<MethodName>,
    /// The consumers that share the deliveries.
    pub group: Group,
    /// Whether its topics are ordered, which is part of the subscription's name.
    pub ordered: bool,
}

/// The consumers that share the deliveries of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The consumers with this group name. Each message goes to one consumer of the group. Messages are kept while there
    /// is no consumer.
    Named(Name),
    /// Every consumer gets every message while it is subscribed. Its subscription ends with the consumer.
    Broadcast,
}

impl Destination {
    /// Whether messages of one partition key are delivered in order.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Queue(Queue::Commands { ordered: true, .. })
                | Self::Topic(Topic::Event { ordered: true, .. })
        )
    }

    /// Whether this is an external queue or topic: LessMQ does not create it, and it carries plain JSON payloads.
    #[must_use]
    pub fn is_external(&self) -> bool {
        matches!(self, Self::Queue(Queue::External { .. }) | Self::Topic(Topic::External { .. }))
    }
}

impl Subscription {
    /// A subscription of `group` to topics of `service`.
    #[must_use]
    pub fn new(service: Name, topics: Vec<Topic>, group: Group) -> Self {
        let ordered = topics.iter().any(|topic| matches!(topic, Topic::Event { ordered: true, .. }));
        Self { topics, service, method: None, group, ordered }
    }

    /// A subscription of `group` to an external topic, which carries the messages of one method of `service`.
    #[must_use]
    pub fn external(service: Name, method: MethodName, topic: ExternalName, group: Group) -> Self {
        let topics = vec![Topic::External { name: topic }];
        Self { topics, service, method: Some(method), group, ordered: false }
    }

    /// Whether its topics were not created by LessMQ.
    #[must_use]
    pub fn is_external(&self) -> bool {
        self.method.is_some() || self.topics.iter().any(|topic| matches!(topic, Topic::External { .. }))
    }
}

impl Source {
    /// Whether messages of one partition key are delivered in order, to one consumer at a time.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        match self {
            Self::Queue(queue) => matches!(queue, Queue::Commands { ordered: true, .. }),
            Self::Subscription(subscription) => subscription.ordered,
            Self::DeadLetters(_) => false,
        }
    }

    /// Whether its messages come from a queue or topic that was not created by LessMQ, as plain JSON payloads. Dead
    /// letters are in a queue of ours.
    #[must_use]
    pub fn is_external(&self) -> bool {
        match self {
            Self::Queue(queue) => matches!(queue, Queue::External { .. }),
            Self::Subscription(subscription) => subscription.is_external(),
            Self::DeadLetters(_) => false,
        }
    }

    /// The source of these dead letters; any other source returns itself.
    #[must_use]
    pub fn origin(&self) -> &Self {
        match self {
            Self::DeadLetters(source) => source.origin(),
            source => source,
        }
    }

    /// Where [`Settlement::Redrive`](super::Settlement::Redrive) moves messages of this source: the source whose dead
    /// letters these are.
    ///
    /// # Errors
    /// `Unsupported` if these are not dead letters. The dead letters of calls cannot be redriven, because the callers no
    /// longer wait. The dead letters of a broadcast cannot be redriven, because each consumer has a queue that ends with
    /// it.
    pub fn redrive_target(&self) -> Result<&Self> {
        let refused =
            |why: &str| Err(Error::new(ErrorKind::Unsupported, format!("cannot redrive `{self}`: {why}")));
        let Self::DeadLetters(_) = self else { return refused("only dead letters can be redriven") };
        match self.origin() {
            Self::Queue(Queue::Calls { .. }) => refused("the callers no longer wait for a reply"),
            Self::Subscription(Subscription { group: Group::Broadcast, .. }) => {
                refused("each consumer of a broadcast has a separate queue, which ends with it")
            }
            target => Ok(target),
        }
    }
}

impl From<Queue> for Destination {
    fn from(queue: Queue) -> Self {
        Self::Queue(queue)
    }
}

impl From<Topic> for Destination {
    fn from(topic: Topic) -> Self {
        Self::Topic(topic)
    }
}

impl From<Queue> for Source {
    fn from(queue: Queue) -> Self {
        Self::Queue(queue)
    }
}

impl From<Subscription> for Source {
    fn from(subscription: Subscription) -> Self {
        Self::Subscription(subscription)
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls { service } => write!(f, "{service}.calls"),
            Self::Commands { service, ordered: false } => write!(f, "{service}.commands"),
            Self::Commands { service, ordered: true } => write!(f, "{service}.commands.ordered"),
            Self::External { name } => name.fmt(f),
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event { service, event, ordered: false } => write!(f, "{service}.{event}"),
            Self::Event { service, event, ordered: true } => write!(f, "{service}.{event}.ordered"),
            Self::External { name } => name.fmt(f),
        }
    }
}

impl fmt::Display for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.method.as_ref().map_or("events", MethodName::as_str);
        match &self.group {
            Group::Named(group) => write!(f, "{}.{what}.{group}", self.service)?,
            Group::Broadcast => write!(f, "{}.broadcast", self.service)?,
        }
        f.write_str(if self.ordered { ".ordered" } else { "" })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(queue) => queue.fmt(f),
            Self::Topic(topic) => topic.fmt(f),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "where a test meets an error, it has failed")]
mod tests {
    use super::*;

    #[test]
    fn queues_and_subscriptions_of_others_are_external_and_their_dead_letters_are_ours() {
        let (service, group) = (Name::parse("service", "user").unwrap(), Group::Broadcast);
        let (method, name) =
            ("made".parse::<MethodName>().unwrap(), "theirs".parse::<ExternalName>().unwrap());
        let queue = Source::from(Queue::External { name: name.clone() });
        let subscription =
            Source::from(Subscription::external(service.clone(), method.clone(), name, group.clone()));
        assert!(queue.is_external() && subscription.is_external());
        let event = Topic::Event { service: service.clone(), event: method, ordered: false };
        let ours = [
            Source::DeadLetters(queue.into()),
            Queue::Calls { service: service.clone() }.into(),
            Subscription::new(service, vec![event], group).into(),
        ];
        assert!(!ours.iter().any(Source::is_external));
    }
}
