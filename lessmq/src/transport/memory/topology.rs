//! The queues of a bus, and their bindings to topics.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::message::Message;
use super::queue::MessageQueue;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Group, Queue, Source, Subscription, Topic, unavailable_error};

/// The state that all connections share.
#[derive(Default)]
pub(super) struct Bus {
    topology: RwLock<Topology>,
}

#[derive(Default)]
struct Topology {
    queues: BTreeMap<Queue, Entry>,
    /// The queues of subscriptions, by the name of the subscription.
    subscriptions: BTreeMap<String, Arc<MessageQueue>>,
    topics: BTreeMap<Topic, Vec<Arc<MessageQueue>>>,
}

struct Entry {
    messages: Arc<MessageQueue>,
    /// Whether the queue has ever had a consumer.
    provided: AtomicBool,
}

impl Bus {
    /// Stores a message in a queue. Commands wait for a service that has not started, and an external queue needs no
    /// consumer.
    ///
    /// # Errors
    /// `Unavailable` when no one has ever consumed a queue of calls.
    pub(super) fn send_to_queue(&self, to: &Queue, message: Box<Message>) -> Result<()> {
        if let Some(entry) = self.read().queues.get(to)
            && entry.takes_messages(to)
        {
            entry.messages.push(message);
            return Ok(());
        }
        if let Queue::Calls { service } = to {
            return Err(unavailable_error(service.as_str()));
        }
        self.write().queue(to).messages.push(message);
        Ok(())
    }

    /// Stores a message in the queue of one source, which is not a broadcast.
    pub(super) fn send_to_source(&self, to: &Source, message: Box<Message>) -> Result<()> {
        match to {
            Source::Queue(queue) => return self.send_to_queue(queue, message),
            Source::Subscription(subscription) => self.write().subscription(subscription).push(message),
            Source::DeadLetters(_) => self.write().dead_letters(to).push(message),
        }
        Ok(())
    }

    /// Stores a message in every subscription of a topic.
    pub(super) fn send_to_topic(&self, to: &Topic, message: Box<Message>) {
        let topology = self.read();
        let Some((last, others)) = topology.topics.get(to).and_then(|queues| queues.split_last()) else {
            return;
        };
        for queue in others {
            queue.push(message.copy());
        }
        last.push(message);
    }

    /// The queue of a source, bound to its topics, for a consumer.
    pub(super) fn attach(&self, source: &Source) -> Arc<MessageQueue> {
        let mut topology = self.write();
        match source {
            Source::Queue(queue) => {
                let entry = topology.queue(queue);
                entry.provided.store(true, Ordering::Release);
                Arc::clone(&entry.messages)
            }
            Source::Subscription(subscription) => {
                let shared = topology.subscription(subscription);
                let queue = match subscription.group {
                    Group::Named(_) => shared,
                    Group::Broadcast => MessageQueue::private(Arc::clone(shared.dead_letters())),
                };
                topology.bind(&queue, &subscription.topics);
                queue
            }
            Source::DeadLetters(_) => topology.dead_letters(source),
        }
    }

    /// Removes the bindings of a queue whose only consumer has ended.
    pub(super) fn detach(&self, queue: &Arc<MessageQueue>) {
        if queue.is_private() {
            self.write().unbind(queue);
        }
    }

    /// The queue of a source that exists.
    ///
    /// # Errors
    /// `Topology` if it does not exist.
    pub(super) fn find(&self, source: &Source) -> Result<Arc<MessageQueue>> {
        let topology = self.read();
        let found = match source.origin() {
            Source::Queue(queue) => topology.queues.get(queue).map(|entry| &entry.messages),
            Source::Subscription(subscription) => topology.subscriptions.get(&subscription.to_string()),
            Source::DeadLetters(_) => None,
        };
        match (found, source) {
            (Some(queue), Source::DeadLetters(_)) => Ok(Arc::clone(queue.dead_letters())),
            (Some(queue), _) => Ok(Arc::clone(queue)),
            (None, _) => Err(Error::new(ErrorKind::Topology, format!("`{source}` does not exist"))),
        }
    }

    /// Deletes a source and its dead letters. A source with consumers is only emptied, as if the consumers had created
    /// it again.
    pub(super) fn delete(&self, source: &Source) {
        let Ok(queue) = self.find(source) else { return };
        queue.purge();
        queue.dead_letters().purge();
        if queue.has_consumers() {
            return;
        }
        let mut topology = self.write();
        match source {
            Source::Queue(queue) => drop(topology.queues.remove(queue)),
            Source::Subscription(subscription) => {
                topology.subscriptions.remove(&subscription.to_string());
                topology.unbind(&queue);
            }
            Source::DeadLetters(_) => {}
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Topology> {
        self.topology.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Topology> {
        self.topology.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn takes_messages(&self, queue: &Queue) -> bool {
        !matches!(queue, Queue::Calls { .. }) || self.provided.load(Ordering::Acquire)
    }
}

impl Topology {
    fn queue(&mut self, queue: &Queue) -> &Entry {
        self.queues.entry(queue.clone()).or_insert_with(|| {
            let ordered = matches!(queue, Queue::Commands { ordered: true, .. });
            Entry { messages: MessageQueue::new(ordered), provided: AtomicBool::new(false) }
        })
    }

    fn subscription(&mut self, subscription: &Subscription) -> Arc<MessageQueue> {
        let queue = self.subscriptions.entry(subscription.to_string());
        Arc::clone(queue.or_insert_with(|| MessageQueue::new(subscription.ordered)))
    }

    /// The dead letters of a source. Does not mark the source as provided.
    fn dead_letters(&mut self, source: &Source) -> Arc<MessageQueue> {
        let queue = match source.origin() {
            Source::Queue(queue) => Arc::clone(&self.queue(queue).messages),
            Source::Subscription(subscription) => self.subscription(subscription),
            Source::DeadLetters(_) => return MessageQueue::new(false),
        };
        Arc::clone(queue.dead_letters())
    }

    fn bind(&mut self, queue: &Arc<MessageQueue>, topics: &[Topic]) {
        for topic in topics {
            let queues = self.topics.entry(topic.clone()).or_default();
            if !queues.iter().any(|bound| Arc::ptr_eq(bound, queue)) {
                queues.push(Arc::clone(queue));
            }
        }
    }

    fn unbind(&mut self, queue: &Arc<MessageQueue>) {
        self.topics.retain(|_, queues| {
            queues.retain(|bound| !Arc::ptr_eq(bound, queue));
            !queues.is_empty()
        });
    }
}
