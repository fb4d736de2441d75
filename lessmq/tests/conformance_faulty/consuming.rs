//! Defects on the way out.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use lessmq::envelope::{Envelope, Text};
use lessmq::transport::memory::Memory;
use lessmq::transport::{
    Acknowledger, Address, Capabilities, ConsumeOptions, Consumer, Delivery, Group, Settlement, Settling,
    Source, Transport,
};
use lessmq::{Error, ErrorKind, Result};
use tokio::sync::mpsc;
use tokio::task::yield_now;

use crate::driver::{Fault, deliveries, lock};
use crate::publishing::Claiming;
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("subscribes only when it is polled", SubscribesLate, &["an_event_after_consume_is_not_missed"]),
        row("ignores prefetch", consuming(|_, o| o.prefetch = 1000), &["prefetch_bounds_what_is_out"]),
        row(
            "ignores order",
            consuming(|_, o| o.ordered = false),
            &["an_ordered_source_has_one_consumer_at_a_time"],
        ),
        row(
            "gives everything to one consumer",
            consuming(|_, o| o.ordered = true),
            &["competing_consumers_share_the_commands", "calls_are_shared_among_providers"],
        ),
        row(
            "never hands an ordered source over",
            NeverHandsOver::default(),
            &["another_consumer_takes_over_an_ordered_source"],
        ),
        row(
            "learns too late that a source is ordered",
            LearnsOrderLate::default(),
            &["commands_wait_for_a_service_that_consumes_them_in_order"],
        ),
        row(
            "loses what a dropped consumer had buffered",
            Hoards,
            &["a_dropped_consumer_gives_back_what_it_did_not_hand_out"],
        ),
        row(
            "cannot settle once the consumer has gone",
            SettlesWhileConsuming,
            &["a_delivery_can_be_settled_after_its_consumer_was_dropped"],
        ),
        row(
            "consumes a source once",
            ConsumesOnce::default(),
            &["one_connection_can_consume_a_source_twice"],
        ),
        row(
            "trips over a consumer that starts at the same time",
            StartsOneAtATime::default(),
            &["consumers_that_start_at_once_do_not_fail"],
        ),
    ];
    rows.extend(groups());
    rows.extend(capabilities());
    rows
}

fn groups() -> Vec<Row> {
    vec![
        row(
            "gives an event to every consumer of a group",
            consuming(|source, _| set_group(source, Group::Broadcast)),
            &["a_group_shares_its_events"],
        ),
        row(
            "takes all groups for one",
            consuming(|source, _| set_group(source, Group::Named("all".into()))),
            &["every_group_gets_every_event", "every_group_has_its_own_dead_letters"],
        ),
        row(
            "takes a broadcast for a group",
            consuming(|source, _| {
                if let Source::Events { group: group @ Group::Broadcast, .. } = source {
                    *group = Group::Named("everybody".into());
                }
            }),
            &["a_broadcast_reaches_every_consumer", "a_broadcast_ends_with_its_consumer"],
        ),
        row("takes all events for one", Routing::ONE_EVENT, &["a_group_gets_no_events_but_those_it_named"]),
        row("takes all services for one", Routing::ONE_SERVICE, &["a_command_reaches_its_service_alone"]),
        row(
            "keeps commands among calls",
            Routing::ONE_QUEUE,
            &["calls_commands_and_events_of_one_service_stay_apart"],
        ),
    ]
}

fn capabilities() -> Vec<Row> {
    let existing =
        &["an_existing_queue_can_be_used_or_is_refused", "an_existing_exchange_can_be_used_or_is_refused"];
    vec![
        row("ignores that it has no order", Claiming(|c| c.ordered = false), &["order_is_given_or_refused"]),
        row("refuses the order that it has", Refuses, &["order_is_given_or_refused"]),
        row("uses existing queues though it cannot", Claiming(|c| c.existing = false), existing),
        row("refuses existing queues though it can", Refuses, existing),
        row("changes what it can do", Wavers::default(), &["capabilities_are_constant"]),
    ]
}

fn set_group(source: &mut Source, new: Group) {
    match source {
        Source::Events { group: group @ Group::Named(_), .. } => *group = new,
        Source::DeadLetters(source) => set_group(source, new),
        _ => {}
    }
}

/// Consumes otherwise than asked.
struct Consuming(fn(&mut Source, &mut ConsumeOptions));

fn consuming(change: fn(&mut Source, &mut ConsumeOptions)) -> Consuming {
    Consuming(change)
}

#[async_trait]
impl Fault for Consuming {
    async fn consume(&self, bus: &Memory, source: &Source, mut options: ConsumeOptions) -> Result<Consumer> {
        let mut source = source.clone();
        (self.0)(&mut source, &mut options);
        bus.consume(&source, options).await
    }
}

/// Sends to, and consumes from, other places than named.
struct Routing {
    address: fn(Address) -> Address,
    source: fn(Source) -> Source,
}

impl Routing {
    const ONE_EVENT: Self = Self {
        address: |to| match to {
            Address::Event { service, .. } => Address::Event { service, event: "any".into() },
            to => to,
        },
        source: |source| match source {
            Source::Events { service, group, .. } => {
                Source::Events { service, events: vec!["any".into()], group }
            }
            source => source,
        },
    };
    const ONE_SERVICE: Self = Self {
        address: |_| Address::Commands { service: Text::from("all") },
        source: |_| Source::Commands { service: Text::from("all") },
    };
    const ONE_QUEUE: Self = Self {
        address: |to| match to {
            Address::Commands { service } => Address::Calls { service },
            to => to,
        },
        source: |source| match source {
            Source::Commands { service } => Source::Calls { service },
            source => source,
        },
    };
}

#[async_trait]
impl Fault for Routing {
    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        bus.publish(&(self.address)(to.clone()), message).await
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        bus.consume(&(self.source)(source.clone()), options).await
    }
}

struct SubscribesLate;

#[async_trait]
impl Fault for SubscribesLate {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let (bus, source) = (bus.clone(), source.clone());
        let consuming = async move { bus.consume(&source, options).await.map(deliveries) };
        Ok(Consumer::new(stream::once(consuming).flat_map(|consuming| match consuming {
            Ok(deliveries) => deliveries.boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        })))
    }
}

#[derive(Default)]
struct NeverHandsOver(AtomicBool);

#[async_trait]
impl Fault for NeverHandsOver {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if self.0.swap(true, Ordering::SeqCst) {
            return Ok(Consumer::new(stream::pending()));
        }
        bus.consume(source, options).await
    }
}

/// Its queues are made by whoever comes first, and cannot be changed.
#[derive(Default)]
struct LearnsOrderLate(AtomicBool);

#[async_trait]
impl Fault for LearnsOrderLate {
    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        self.0.store(true, Ordering::SeqCst);
        bus.publish(to, message).await
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if options.ordered && self.0.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Topology, "the queue exists and is not ordered"));
        }
        bus.consume(source, options).await
    }
}

struct Hoards;

#[async_trait]
impl Fault for Hoards {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let mut consumer = bus.consume(source, options).await?;
        let (sender, receiver) = mpsc::channel(usize::from(options.prefetch));
        tokio::spawn(async move {
            while let Some(Ok(delivery)) = consumer.next().await {
                if let Err(mpsc::error::SendError(unwanted)) = sender.send(delivery).await {
                    let _ = unwanted.settle(Settlement::Acknowledge).await;
                }
            }
        });
        let buffer = Buffer(receiver);
        Ok(Consumer::new(stream::unfold(buffer, |mut buffer| async {
            Some((Ok(buffer.0.recv().await?), buffer))
        })))
    }
}

struct Buffer(mpsc::Receiver<Delivery>);

impl Drop for Buffer {
    fn drop(&mut self) {
        while let Ok(delivery) = self.0.try_recv() {
            tokio::spawn(delivery.settle(Settlement::Acknowledge));
        }
    }
}

struct SettlesWhileConsuming;

#[async_trait]
impl Fault for SettlesWhileConsuming {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let (consumer, consuming) = (bus.consume(source, options).await?, Arc::new(()));
        Ok(Consumer::new(deliveries(consumer).map(move |delivery| {
            let mut delivery = delivery?;
            let consuming = Arc::downgrade(&consuming);
            delivery.acknowledger = Box::new(WhileConsuming { consuming, inner: delivery.acknowledger });
            Ok(delivery)
        })))
    }
}

struct WhileConsuming {
    consuming: std::sync::Weak<()>,
    inner: Box<dyn Acknowledger>,
}

impl Acknowledger for WhileConsuming {
    fn settle(self: Box<Self>, settlement: Settlement) -> Settling {
        if self.consuming.strong_count() == 0 {
            return Settling::done(Err(Error::new(
                ErrorKind::Connection,
                "the consumer's channel is closed",
            )));
        }
        self.inner.settle(settlement)
    }
}

#[derive(Default)]
struct ConsumesOnce(Mutex<HashSet<Source>>);

#[async_trait]
impl Fault for ConsumesOnce {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if !lock(&self.0).insert(source.clone()) {
            return Err(Error::new(ErrorKind::Topology, "the queue has a consumer"));
        }
        bus.consume(source, options).await
    }
}

#[derive(Default)]
struct StartsOneAtATime(AtomicUsize);

#[async_trait]
impl Fault for StartsOneAtATime {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let starting = self.0.fetch_add(1, Ordering::SeqCst);
        yield_now().await;
        self.0.fetch_sub(1, Ordering::SeqCst);
        if starting > 0 {
            return Err(Error::new(ErrorKind::Topology, "the queue is being declared"));
        }
        bus.consume(source, options).await
    }
}

struct Refuses;

#[async_trait]
impl Fault for Refuses {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if options.ordered || matches!(source, Source::Existing { .. }) {
            return Err(Error::new(ErrorKind::Unsupported, "not on this broker"));
        }
        bus.consume(source, options).await
    }
}

#[derive(Default)]
struct Wavers(AtomicUsize);

impl Fault for Wavers {
    fn capabilities(&self, honest: Capabilities) -> Capabilities {
        let asked = self.0.fetch_add(1, Ordering::SeqCst);
        Capabilities { max_payload: honest.max_payload - asked, ..honest }
    }
}
