//! Converts destinations and sources to queues and topics of the broker.
//!
//! # One topic for each event
//!
//! Each event has a separate topic, and the queue of a consumer group is subscribed to the topics of all its events.
//! The alternative is one topic for each service, with a filter on each subscription. But the filter of a subscription
//! cannot be changed on Pub/Sub: to add an event, a group would need a new subscription, and would miss or repeat the
//! messages in the old one. Subscribing to one more topic loses no messages, on either broker. It also costs less,
//! because filtered messages are billed, and permissions can be granted for each event.
//!
//! If a group no longer uses an event, its queue stays subscribed, as on every other broker, because other versions of
//! the service may still use it. [`Transport::delete`](crate::transport::Transport::delete) removes the subscription.

use super::broker::{LeasedQueue, LeasedTopic, QueueKind, Target};
use crate::transport::kit::Names;
use crate::transport::{Destination, Queue, Source, Subscription, Topic};

/// The queue or topic of `destination`.
pub(super) fn target(names: &Names, destination: &Destination) -> Target {
    match destination {
        Destination::Queue(queue) => Target::Queue(queue_of(names, queue)),
        Destination::Topic(topic) => Target::Topic(topic_of(names, topic)),
    }
}

/// The queue that `source` is consumed from. `id` makes the name of a broadcast unique.
pub(super) fn source_queue(names: &Names, source: &Source, id: &str) -> LeasedQueue {
    match source {
        Source::Queue(queue) => queue_of(names, queue),
        Source::DeadLetters(_) => dead_letters(names, source),
        Source::Subscription(subscription) => subscription_queue(names, subscription, id),
    }
}

/// The queue of the dead letters of `source`.
pub(super) fn dead_letters(names: &Names, source: &Source) -> LeasedQueue {
    LeasedQueue::new(names.dead_letters(source), QueueKind::DeadLetters)
}

fn queue_of(names: &Names, queue: &Queue) -> LeasedQueue {
    let (kind, ordered) = match queue {
        Queue::Calls { .. } => (QueueKind::Calls, false),
        Queue::Commands { ordered, .. } => (QueueKind::Work, *ordered),
        Queue::External { .. } => (QueueKind::External, false),
    };
    LeasedQueue { ordered, ..LeasedQueue::new(names.queue(queue), kind) }
}

fn topic_of(names: &Names, topic: &Topic) -> LeasedTopic {
    let name = names.topic(topic);
    match topic {
        Topic::Event { ordered, .. } => LeasedTopic { name, ordered: *ordered, external: false },
        Topic::External { .. } => LeasedTopic { name, ordered: false, external: true },
    }
}

fn subscription_queue(names: &Names, subscription: &Subscription, id: &str) -> LeasedQueue {
    let (name, kind) = match subscription.group {
        crate::transport::Group::Named(_) => (names.subscription(subscription), QueueKind::Work),
        crate::transport::Group::Broadcast => (names.broadcast(subscription, id), QueueKind::Broadcast),
    };
    let topics = subscription.topics.iter().map(|topic| topic_of(names, topic)).collect();
    LeasedQueue { ordered: subscription.ordered, topics, ..LeasedQueue::new(name, kind) }
}
