//! Which queues there are, and which messages each of them wants.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::message::Message;
use super::queue::Queue;
use crate::envelope::Text;
use crate::transport::{Address, Group, Source};

/// What all connections share.
#[derive(Default)]
pub(super) struct Bus {
    topology: RwLock<Topology>,
}

#[derive(Default)]
struct Topology {
    queues: HashMap<Name, Arc<Queue>>,
    routes: BTreeMap<Address, Vec<Arc<Queue>>>,
}

#[derive(PartialEq, Eq, Hash)]
enum Name {
    Calls(Text),
    Commands(Text),
    Events(Text, Group),
    Existing(Text),
}

impl Bus {
    /// Stores a message in every queue that wants it; whether there was one.
    pub(super) fn send(&self, to: &Address, message: Box<Message>) -> bool {
        self.declare_target(to);
        let topology = self.read();
        let Some((last, others)) = topology.routes.get(to).and_then(|queues| queues.split_last()) else {
            return false;
        };
        for queue in others {
            queue.push(message.copy());
        }
        last.push(message);
        true
    }

    /// Commands wait for a service that has not started, and an existing queue needs no consumer.
    fn declare_target(&self, to: &Address) {
        let name = match to {
            Address::Commands { service } => Name::Commands(service.clone()),
            Address::Existing { exchange, routing_key } if exchange.is_empty() => {
                Name::Existing(routing_key.clone())
            }
            _ => return,
        };
        if !self.read().routes.contains_key(to) {
            self.write().declare(name, [to.clone()]);
        }
    }

    /// The queue of a source, bound to what the source wants.
    pub(super) fn attach(&self, source: &Source) -> Arc<Queue> {
        let mut topology = self.write();
        match source {
            Source::Events { service, events, group: Group::Broadcast } => {
                let shared = topology.declare(Name::Events(service.clone(), Group::Broadcast), []);
                let own = Arc::new(Queue::private(shared.dead_letters().clone()));
                topology.bind(&own, event_addresses(service, events));
                own
            }
            source => topology.queue(source),
        }
    }

    /// Forgets the bindings of a queue that had one consumer alone, which is gone.
    pub(super) fn detach(&self, queue: &Arc<Queue>) {
        if !queue.is_private() {
            return;
        }
        self.write().routes.retain(|_, queues| {
            queues.retain(|other| !Arc::ptr_eq(other, queue));
            !queues.is_empty()
        });
    }

    fn read(&self) -> RwLockReadGuard<'_, Topology> {
        self.topology.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Topology> {
        self.topology.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topology {
    fn queue(&mut self, source: &Source) -> Arc<Queue> {
        match source {
            Source::Calls { service } => {
                let address = Address::Calls { service: service.clone() };
                self.declare(Name::Calls(service.clone()), [address])
            }
            Source::Commands { service } => {
                let address = Address::Commands { service: service.clone() };
                self.declare(Name::Commands(service.clone()), [address])
            }
            Source::Events { service, events, group } => {
                self.declare(Name::Events(service.clone(), group.clone()), event_addresses(service, events))
            }
            Source::Existing { queue, bind } => {
                let bound =
                    bind.clone().map(|(exchange, routing_key)| Address::Existing { exchange, routing_key });
                let own = Address::Existing { exchange: Text::default(), routing_key: queue.clone() };
                self.declare(Name::Existing(queue.clone()), bound.into_iter().chain([own]))
            }
            Source::DeadLetters(source) => self.dead_letters(source),
        }
    }

    /// The dead letters of a source, without making anybody believe that the source is consumed.
    fn dead_letters(&mut self, source: &Source) -> Arc<Queue> {
        let name = match source {
            Source::Calls { service } => Name::Calls(service.clone()),
            Source::Commands { service } => Name::Commands(service.clone()),
            Source::Events { service, group, .. } => Name::Events(service.clone(), group.clone()),
            Source::Existing { queue, .. } => Name::Existing(queue.clone()),
            Source::DeadLetters(source) => return self.dead_letters(source),
        };
        self.declare(name, []).dead_letters().clone()
    }

    fn declare(&mut self, name: Name, wanted: impl IntoIterator<Item = Address>) -> Arc<Queue> {
        let queue = self.queues.entry(name).or_default().clone();
        self.bind(&queue, wanted);
        queue
    }

    fn bind(&mut self, queue: &Arc<Queue>, wanted: impl IntoIterator<Item = Address>) {
        for address in wanted {
            let queues = self.routes.entry(address).or_default();
            if !queues.iter().any(|bound| Arc::ptr_eq(bound, queue)) {
                queues.push(queue.clone());
            }
        }
    }
}

fn event_addresses(service: &Text, events: &[Text]) -> impl Iterator<Item = Address> {
    events.iter().map(|event| Address::Event { service: service.clone(), event: event.clone() })
}
