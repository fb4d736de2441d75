//! Defects at the end of a connection.

use std::sync::Mutex;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use lessmq::transport::memory::Memory;
use lessmq::transport::{ConsumeOptions, Consumer, Outgoing, Queue, Replies, Source, Status, Transport};
use lessmq::{Error, ErrorKind, Result};

use crate::driver::{Fault, OutgoingCall, deliveries, lock};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let operations = &["operations_fail_after_close"];
    vec![
        row(
            "works after close",
            NeverCloses,
            &[
                "operations_fail_after_close",
                "closing_ends_the_consumers",
                "closing_returns_unsettled_messages",
                "closing_fails_the_calls_in_progress",
                "every_message_of_a_batch_fails_after_close",
            ],
        ),
        row("publishes after close", PublishesClosed, operations),
        row("counts after close", CountsClosed, operations),
        row("reports another error after close", ReportsConnection, operations),
        row("can be closed only once", ClosesOnce, &["a_second_close_does_nothing"]),
        row("keeps consumers waiting", ConsumersWait, &["closing_ends_the_consumers"]),
        row("keeps calls waiting", CallsWait::default(), &["closing_fails_the_calls_in_progress"]),
        row("closes every connection", ClosesAll::default(), &["closing_leaves_other_connections_open"]),
    ]
}

struct NeverCloses;

#[async_trait]
impl Fault for NeverCloses {
    async fn close(&self, _: &Memory) -> Result<()> {
        Ok(())
    }
}

struct PublishesClosed;

#[async_trait]
impl Fault for PublishesClosed {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        bus.connect().publish_one(message).await
    }
}

struct CountsClosed;

#[async_trait]
impl Fault for CountsClosed {
    async fn status(&self, bus: &Memory, source: &Source) -> Result<Status> {
        bus.connect().status(source).await
    }
}

struct ReportsConnection;

#[async_trait]
impl Fault for ReportsConnection {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let consumed = bus.consume(source, options).await;
        consumed.map_err(|error| Error::new(ErrorKind::Connection, "no channel").with_source(error))
    }
}

struct ClosesOnce;

#[async_trait]
impl Fault for ClosesOnce {
    async fn close(&self, bus: &Memory) -> Result<()> {
        let missing = Queue::Calls { service: "missing".parse()? };
        match bus.status(&missing.into()).await {
            Err(error) if error.kind() == ErrorKind::Closed => Err(error),
            _ => bus.close().await,
        }
    }
}

struct ConsumersWait;

#[async_trait]
impl Fault for ConsumersWait {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        Ok(Consumer::new(deliveries(bus.consume(source, options).await?).chain(stream::pending())))
    }
}

/// Calls over other connections, which stay open.
#[derive(Default)]
struct CallsWait(Mutex<Vec<Memory>>);

#[async_trait]
impl Fault for CallsWait {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        let other = bus.connect();
        lock(&self.0).push(other.clone());
        Replies::once(async move { other.call(call.to, call.message, call.deadline).only().await })
    }
}

#[derive(Default)]
struct ClosesAll(Mutex<Vec<Memory>>);

#[async_trait]
impl Fault for ClosesAll {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        lock(&self.0).push(bus.clone());
        bus.consume(source, options).await
    }

    async fn close(&self, bus: &Memory) -> Result<()> {
        let others = std::mem::take(&mut *lock(&self.0));
        for other in others {
            other.close().await?;
        }
        bus.close().await
    }
}
