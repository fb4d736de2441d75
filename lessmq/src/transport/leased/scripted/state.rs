//! All queues and topics.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::time::Instant;

use super::queue::Queue;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::leased::{LeasedMessage, LeasedQueue, LeasedTopic, Target};

#[derive(Debug)]
pub(super) struct State {
    queues: BTreeMap<String, Queue>,
    /// The topics by name, and whether each is ordered.
    topics: BTreeMap<String, bool>,
    /// The subscriptions: topic and queue.
    subscriptions: BTreeSet<(String, String)>,
    /// The same moment on two clocks.
    epoch: (Instant, SystemTime),
}

impl State {
    pub(super) fn new() -> Self {
        let (queues, topics, subscriptions) = Default::default();
        Self { queues, topics, subscriptions, epoch: (Instant::now(), SystemTime::now()) }
    }

    pub(super) fn time(&self, now: Instant) -> SystemTime {
        self.epoch.1 + (now - self.epoch.0)
    }

    pub(super) fn queue_names(&self) -> Vec<String> {
        self.queues.keys().cloned().collect()
    }

    pub(super) fn count(&self, queue: &str, now: Instant) -> (usize, usize) {
        self.queues.get(queue).map_or((0, 0), |queue| queue.count(now))
    }

    pub(super) fn create_queue(&mut self, described: &LeasedQueue) {
        self.queues.entry(described.name.clone()).or_insert_with(|| Queue::new(described.clone()));
    }

    pub(super) fn create_topic(&mut self, topic: &LeasedTopic) {
        self.topics.insert(topic.name.clone(), topic.ordered);
    }

    pub(super) fn remove_queue(&mut self, name: &str) {
        self.queues.remove(name);
        self.subscriptions.retain(|(_, queue)| queue != name);
    }

    pub(super) fn end_leases(&mut self, now: Instant) {
        self.queues.values_mut().for_each(|queue| queue.end_leases(now));
    }

    pub(super) fn ensure(&mut self, target: &Target) -> Result<()> {
        check_name(target.name(), target.is_ordered())?;
        match target {
            Target::Topic(topic) => {
                let ordered = *self.topics.entry(topic.name.clone()).or_insert(topic.ordered);
                check_same(&topic.name, ordered == topic.ordered)
            }
            Target::Queue(queue) => {
                for topic in &queue.topics {
                    if !self.topics.contains_key(&topic.name) {
                        return Err(missing_error(&topic.name));
                    }
                    self.subscriptions.insert((topic.name.clone(), queue.name.clone()));
                }
                self.create_queue(queue);
                let existing = self.queue(&queue.name)?;
                existing.described.tags.clone_from(&queue.tags);
                check_same(&queue.name, existing.described.ordered == queue.ordered)
            }
        }
    }

    /// Stores one message in every queue that gets it.
    pub(super) fn send(&mut self, target: &Target, message: &Arc<LeasedMessage>, now: Instant) -> Result<()> {
        // As SQS does. SNS would lose such a message.
        let (_, attributes) = crate::transport::leased::structured::encode(message);
        if attributes.len() > 10 {
            return Err(Error::new(ErrorKind::TooLarge, "a message has ten attributes at most"));
        }
        match target {
            Target::Queue(queue) => self.queue(&queue.name)?.push(message, now),
            Target::Topic(topic) => {
                if !self.topics.contains_key(&topic.name) {
                    return Err(missing_error(&topic.name));
                }
                for (_, queue) in self.subscriptions.iter().filter(|(name, _)| *name == topic.name) {
                    if let Some(queue) = self.queues.get_mut(queue) {
                        queue.push(message, now);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn queue(&mut self, name: &str) -> Result<&mut Queue> {
        self.queues.get_mut(name).ok_or_else(|| missing_error(name))
    }

    pub(super) fn tagged(&self, prefix: &str) -> Vec<LeasedQueue> {
        let queues = self.queues.values().map(|queue| &queue.described);
        queues.filter(|queue| queue.name.starts_with(prefix) && !queue.tags.is_empty()).cloned().collect()
    }
}

/// Checks a name by the rules of SQS.
fn check_name(name: &str, ordered: bool) -> Result<()> {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let valid = plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if name.len() <= 80 && valid && name.ends_with(".fifo") == ordered {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Topology, format!("invalid name `{name}`")))
}

fn check_same(name: &str, same: bool) -> Result<()> {
    if same {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::Topology, format!("`{name}` exists with other attributes")))
    }
}

fn missing_error(name: &str) -> Error {
    Error::new(ErrorKind::Topology, format!("`{name}` does not exist"))
}
