//! Defects on the way in.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use lessmq::envelope::Envelope;
use lessmq::transport::memory::Memory;
use lessmq::transport::{Address, Capabilities, ConsumeOptions, Consumer, Source, Transport};
use lessmq::{Error, ErrorKind, Result};
use tokio::time::sleep;

use crate::driver::{Fault, deliveries, lock};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("stores nothing", StoresNothing, &["a_command_is_delivered"]),
        row("publishes twice", PublishesTwice, &["a_command_is_delivered_once_when_nothing_breaks"]),
        row(
            "keeps only what somebody waits for",
            KeepsNothing::default(),
            &[
                "a_command_waits_for_a_service_that_has_not_started",
                "a_command_waits_while_no_consumer_is_there",
                "a_group_keeps_its_events_while_no_consumer_is_there",
            ],
        ),
        row(
            "loses what is published at once",
            LosesConcurrent::default(),
            &["commands_of_many_tasks_all_arrive"],
        ),
        row("reorders messages", Reorders, &["an_ordered_source_keeps_the_order_of_publishing"]),
        row(
            "refuses events without subscribers",
            RefusesUnrouted::default(),
            &["an_event_without_subscribers_is_taken"],
        ),
    ];
    rows.extend(attributes());
    rows.extend(payloads());
    rows
}

fn attributes() -> Vec<Row> {
    let every = &["every_attribute_arrives"];
    let optional = &["a_message_without_optional_attributes_arrives"];
    let text = &["text_in_any_script_arrives"];
    vec![
        row("gives messages other ids", sending(|m| m.id = "other".into()), every),
        row("drops the source", sending(|m| m.source = "".into()), every),
        row("drops the type", sending(|m| m.kind = "".into()), every),
        row("drops the content type", sending(|m| m.content_type = None), every),
        row("drops the schema", sending(|m| m.data_schema = None), every),
        row("drops the time", sending(|m| m.time = None), every),
        row("drops the trace parent", sending(|m| m.trace_parent = None), every),
        row("drops the trace state", sending(|m| m.trace_state = None), every),
        row("drops the partition key", sending(|m| m.partition_key = None), every),
        row("drops the time left", sending(|m| m.expires_in = None), every),
        row("drops extensions", sending(|m| m.extensions.clear()), every),
        row(
            "adds a content type",
            sending(|m| m.content_type = m.content_type.clone().or(Some("text/plain".into()))),
            optional,
        ),
        row("makes text ASCII", sending(|m| m.extensions.values_mut().for_each(make_ascii)), text),
        row("trims text", sending(|m| m.extensions.values_mut().for_each(trim)), text),
        row("drops an attribute of events", DropsFromEvents, &["every_attribute_of_an_event_arrives"]),
    ]
}

fn make_ascii(text: &mut String) {
    *text = text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
}

fn trim(text: &mut String) {
    *text = text.trim().to_owned();
}

fn payloads() -> Vec<Row> {
    let limits = &["a_larger_payload_is_refused", "a_larger_call_is_refused", "a_larger_reply_is_refused"];
    vec![
        row("cuts payloads at a zero byte", sending(cut), &["a_binary_payload_arrives"]),
        row("takes payloads for text", sending(make_text), &["a_binary_payload_arrives"]),
        row("sends null for nothing", sending(send_null), &["an_empty_payload_arrives"]),
        row("panics at an empty payload", sending(panic_at_nothing), &["an_empty_payload_arrives"]),
        row("takes payloads over its limit", Claiming(|c| c.max_payload = 1024), limits),
        row(
            "promises too large a limit",
            Claiming(|c| c.max_payload += 1),
            &["a_payload_of_the_largest_size_arrives"],
        ),
    ]
}

fn cut(message: &mut Envelope) {
    let end = message.data.iter().position(|byte| *byte == 0).unwrap_or(message.data.len());
    message.data.truncate(end);
}

fn make_text(message: &mut Envelope) {
    message.data = Bytes::from(String::from_utf8_lossy(&message.data).into_owned());
}

fn send_null(message: &mut Envelope) {
    if message.data.is_empty() {
        message.data = Bytes::from_static(b"null");
    }
}

fn panic_at_nothing(message: &mut Envelope) {
    assert!(!message.data.is_empty(), "a panic that the suite must survive");
}

/// Changes what is published.
struct Sending(fn(&mut Envelope));

fn sending(change: fn(&mut Envelope)) -> Sending {
    Sending(change)
}

#[async_trait]
impl Fault for Sending {
    async fn publish(&self, bus: &Memory, to: &Address, mut message: Arc<Envelope>) -> Result<()> {
        (self.0)(Arc::make_mut(&mut message));
        bus.publish(to, message).await
    }
}

/// Says that it can do something else than it does.
pub(crate) struct Claiming(pub(crate) fn(&mut Capabilities));

impl Fault for Claiming {
    fn capabilities(&self, mut honest: Capabilities) -> Capabilities {
        (self.0)(&mut honest);
        honest
    }
}

struct StoresNothing;

#[async_trait]
impl Fault for StoresNothing {
    async fn publish(&self, _: &Memory, _: &Address, _: Arc<Envelope>) -> Result<()> {
        Ok(())
    }
}

struct PublishesTwice;

#[async_trait]
impl Fault for PublishesTwice {
    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        bus.publish(to, message.clone()).await?;
        bus.publish(to, message).await
    }
}

struct DropsFromEvents;

#[async_trait]
impl Fault for DropsFromEvents {
    async fn publish(&self, bus: &Memory, to: &Address, mut message: Arc<Envelope>) -> Result<()> {
        if let Address::Event { .. } = to {
            Arc::make_mut(&mut message).partition_key = None;
        }
        bus.publish(to, message).await
    }
}

/// The consumers that are there, held by each of them.
#[derive(Default)]
struct KeepsNothing(Arc<()>);

#[async_trait]
impl Fault for KeepsNothing {
    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        if Arc::strong_count(&self.0) == 1 { Ok(()) } else { bus.publish(to, message).await }
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let (consumer, here) = (bus.consume(source, options).await?, self.0.clone());
        Ok(Consumer::new(deliveries(consumer).inspect(move |_| {
            let _ = &here;
        })))
    }
}

#[derive(Default)]
struct LosesConcurrent(AtomicUsize);

#[async_trait]
impl Fault for LosesConcurrent {
    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        let under_way = self.0.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_millis(1)).await;
        let published = if under_way < 10 { bus.publish(to, message).await } else { Ok(()) };
        self.0.fetch_sub(1, Ordering::SeqCst);
        published
    }
}

struct Reorders;

#[async_trait]
impl Fault for Reorders {
    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        if &*message.data != b"7" {
            return bus.publish(to, message).await;
        }
        let (bus, to) = (bus.clone(), to.clone());
        tokio::spawn(async move {
            sleep(Duration::from_millis(1)).await;
            bus.publish(&to, message).await
        });
        Ok(())
    }
}

#[derive(Default)]
struct RefusesUnrouted(Mutex<HashSet<Address>>);

#[async_trait]
impl Fault for RefusesUnrouted {
    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        let known = lock(&self.0).contains(to);
        if matches!(to, Address::Event { .. }) && !known {
            return Err(Error::new(ErrorKind::Topology, "no queue is bound"));
        }
        bus.publish(to, message).await
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        if let Source::Events { service, events, .. } = source {
            let addresses =
                events.iter().map(|event| Address::Event { service: service.clone(), event: event.clone() });
            lock(&self.0).extend(addresses);
        }
        bus.consume(source, options).await
    }
}
