//! The queues and topics of a service that one case uses alone.

use std::sync::Arc;

use super::created::Created;
use crate::envelope::MessageId;
use crate::name::{MethodName, Name};
use crate::transport::{Group, Queue, Source, Subscription, Topic};

/// A service of one case. Its sources are deleted at the end of the case.
pub(super) struct Service {
    name: Name,
    created: Arc<Created>,
}

impl Service {
    pub(super) fn new(name: Name, created: Arc<Created>) -> Self {
        Self { name, created }
    }

    /// The queue of its calls, to send to and to consume from.
    pub(super) fn calls(&self) -> (Queue, Source) {
        self.queue(Queue::Calls { service: self.name.clone() })
    }

    pub(super) fn commands(&self) -> (Queue, Source) {
        self.queue(Queue::Commands { service: self.name.clone(), ordered: false })
    }

    pub(super) fn ordered_commands(&self) -> (Queue, Source) {
        self.queue(Queue::Commands { service: self.name.clone(), ordered: true })
    }

    pub(super) fn event(&self, event: &str) -> Topic {
        Topic::Event { service: self.name.clone(), event: method(event), ordered: false }
    }

    pub(super) fn ordered_event(&self, event: &str) -> Topic {
        Topic::Event { service: self.name.clone(), event: method(event), ordered: true }
    }

    /// The subscription of `group` to these events.
    pub(super) fn subscription(&self, events: &[&str], group: &str) -> Source {
        let topics = events.iter().map(|event| self.event(event)).collect();
        self.subscribe(topics, Group::Named(name(group)))
    }

    pub(super) fn ordered_subscription(&self, event: &str, group: &str) -> Source {
        self.subscribe(vec![self.ordered_event(event)], Group::Named(name(group)))
    }

    pub(super) fn broadcast(&self, event: &str) -> Source {
        self.subscribe(vec![self.event(event)], Group::Broadcast)
    }

    fn queue(&self, queue: Queue) -> (Queue, Source) {
        (queue.clone(), self.record(queue.into()))
    }

    fn subscribe(&self, topics: Vec<Topic>, group: Group) -> Source {
        self.record(Subscription::new(self.name.clone(), topics, group).into())
    }

    fn record(&self, source: Source) -> Source {
        self.created.record(&source);
        source
    }
}

pub(super) fn name(name: &str) -> Name {
    Name::parse("test", name).expect("the names in cases are valid")
}

pub(super) fn method(name: &str) -> MethodName {
    MethodName::parse("method", name).expect("the names in cases are valid")
}

/// A unique name of the greatest length.
pub(super) fn unique_name() -> Name {
    let id = MessageId::new().to_string().replace('-', "");
    name(&format!("c{}", &id[id.len() - (Name::MAX_LENGTH - 1)..]))
}
