//! Defects of names, groups and capabilities: messages go to the wrong queue, or to none.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use lessmq::name::{MethodName, Name};
use lessmq::transport::memory::Memory;
use lessmq::transport::{
    Capabilities, ConsumeOptions, Consumer, Destination, Group, Outgoing, Queue, Source, Subscription, Topic,
    Transport,
};
use lessmq::{Error, ErrorKind, Result};

use crate::driver::Fault;
use crate::publishing::Claiming;
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row(
            "uses one topic for all events",
            topics(one_event),
            &["a_group_gets_only_the_events_of_its_topics"],
        ),
        row("uses one queue for all services", queues(one_service), &["a_command_reaches_only_its_service"]),
        row(
            "stores commands among calls",
            queues(commands_are_calls),
            &["calls_commands_and_events_of_one_service_are_separate"],
        ),
        row(
            "ignores order",
            queues(unordered),
            &["a_partition_key_has_one_consumer_at_a_time", "ordered_commands_have_a_separate_queue"],
        ),
    ];
    rows.extend(groups());
    rows.extend(names());
    rows.extend(capabilities());
    rows
}

fn groups() -> Vec<Row> {
    vec![
        row(
            "delivers an event to every consumer of a group",
            subscriptions(|s| replace_group(s, Group::Broadcast)),
            &["the_consumers_of_a_group_share_its_events"],
        ),
        row(
            "uses one queue for all groups",
            subscriptions(|s| replace_group(s, Group::Named(name("all")))),
            &["every_group_gets_every_event", "every_group_has_separate_dead_letters"],
        ),
        row(
            "uses one queue for all broadcast consumers",
            subscriptions(|s| {
                if s.group == Group::Broadcast {
                    s.group = Group::Named(name("everybody"));
                }
            }),
            &["a_broadcast_reaches_every_consumer", "a_broadcast_subscription_ends_with_its_consumer"],
        ),
    ]
}

fn names() -> Vec<Row> {
    let different = &["long_names_that_differ_at_their_end_are_different"];
    vec![
        row("cuts the names of services", queues(cut_service), different),
        row("cuts the names of events", topics(cut_event), different),
        row(
            "cuts the names of groups",
            subscriptions(|s| {
                if let Group::Named(group) = &mut s.group {
                    *group = cut(group);
                }
            }),
            different,
        ),
        row("refuses long names", RefusesLongNames, &["names_of_the_greatest_length_work"]),
    ]
}

fn capabilities() -> Vec<Row> {
    let ordering = &["ordering_works_or_is_refused"];
    let external = &["an_external_queue_works_or_is_refused", "an_external_topic_works_or_is_refused"];
    vec![
        row("claims that it has no ordering", Claiming(|c| c.ordering = false), ordering),
        row("refuses the ordering that it claims", Refuses, ordering),
        row("claims that it cannot use external queues", Claiming(|c| c.external = false), external),
        row("refuses the external queues that it claims", Refuses, external),
        row("changes its capabilities", Changes::default(), &["capabilities_are_constant"]),
    ]
}

fn name(name: &str) -> Name {
    name.parse().expect("it is a valid name")
}

fn cut(name: &Name) -> Name {
    self::name(&name.as_str()[..name.as_str().len().min(Name::MAX_LENGTH - 1)])
}

fn replace_group(subscription: &mut Subscription, group: Group) {
    if let Group::Named(_) = subscription.group {
        subscription.group = group;
    }
}

fn one_event(topic: &mut Topic) {
    if let Topic::Event { event, .. } = topic {
        *event = "any".parse().expect("it is a valid name");
    }
}

fn cut_event(topic: &mut Topic) {
    if let Topic::Event { event, .. } = topic {
        let kept = event.as_str().len().min(MethodName::MAX_LENGTH - 1);
        *event = event.as_str()[..kept].parse().expect("it is a valid name");
    }
}

fn one_service(queue: &mut Queue) {
    *queue = Queue::Commands { service: name("all"), ordered: false };
}

fn cut_service(queue: &mut Queue) {
    if let Queue::Commands { service, .. } = queue {
        *service = cut(service);
    }
}

fn commands_are_calls(queue: &mut Queue) {
    if let Queue::Commands { service, .. } = queue {
        *queue = Queue::Calls { service: service.clone() };
    }
}

fn unordered(queue: &mut Queue) {
    if let Queue::Commands { ordered, .. } = queue {
        *ordered = false;
    }
}

/// Uses other queues, topics and subscriptions than it should.
struct Routing {
    queue: fn(&mut Queue),
    topic: fn(&mut Topic),
    subscription: fn(&mut Subscription),
}

fn queues(queue: fn(&mut Queue)) -> Routing {
    Routing { queue, topic: |_| {}, subscription: |_| {} }
}

fn topics(topic: fn(&mut Topic)) -> Routing {
    Routing { queue: |_| {}, topic, subscription: |_| {} }
}

fn subscriptions(subscription: fn(&mut Subscription)) -> Routing {
    Routing { queue: |_| {}, topic: |_| {}, subscription }
}

impl Routing {
    fn route(&self, source: &mut Source) {
        match source {
            Source::Queue(queue) => (self.queue)(queue),
            Source::Subscription(subscription) => {
                subscription.topics.iter_mut().for_each(self.topic);
                (self.subscription)(subscription);
            }
            Source::DeadLetters(source) => self.route(source),
        }
    }
}

#[async_trait]
impl Fault for Routing {
    async fn publish(&self, bus: &Memory, mut message: Outgoing) -> Result<()> {
        match &mut message.destination {
            Destination::Queue(queue) => (self.queue)(queue),
            Destination::Topic(topic) => (self.topic)(topic),
        }
        bus.publish_one(message).await
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let mut source = source.clone();
        self.route(&mut source);
        bus.consume(&source, options).await
    }
}

struct RefusesLongNames;

#[async_trait]
impl Fault for RefusesLongNames {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if let Source::Subscription(subscription) = source
            && subscription.topics.iter().any(|topic| topic.to_string().len() > 80)
        {
            return Err(Error::new(ErrorKind::Topology, "the name of the topic is too long"));
        }
        bus.consume(source, options).await
    }
}

struct Refuses;

#[async_trait]
impl Fault for Refuses {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if source.is_ordered() || source.is_external() {
            return Err(Error::new(ErrorKind::Unsupported, "the broker cannot do this"));
        }
        bus.consume(source, options).await
    }
}

/// Every connection has other capabilities than the one before.
#[derive(Default)]
struct Changes(AtomicUsize);

impl Fault for Changes {
    fn capabilities(&self, mut honest: Capabilities) -> Capabilities {
        honest.max_message -= self.0.fetch_add(1, Ordering::SeqCst);
        honest
    }
}
