//! Defects at the end.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use lessmq::envelope::{Envelope, Reply};
use lessmq::transport::memory::Memory;
use lessmq::transport::{Address, ConsumeOptions, Consumer, Source, Transport};
use lessmq::{Error, ErrorKind, Result};
use tokio::time::Instant;

use crate::driver::{Fault, deliveries, lock};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "goes on after close",
            NeverCloses,
            &[
                "a_closed_transport_refuses_everything",
                "closing_ends_the_consumers",
                "closing_gives_back_what_is_out",
                "closing_fails_waiting_calls",
            ],
        ),
        row("publishes after close", PublishesClosed, &["a_closed_transport_refuses_everything"]),
        row("names another reason after close", NamesConnection, &["a_closed_transport_refuses_everything"]),
        row("closes once", ClosesOnce, &["closing_twice_is_harmless"]),
        row("keeps consumers waiting", ConsumersWait, &["closing_ends_the_consumers"]),
        row("keeps calls waiting", CallsWait, &["closing_fails_waiting_calls"]),
        row("closes every connection", ClosesAll::default(), &["closing_leaves_other_connections_alone"]),
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
    async fn publish(&self, bus: &Memory, to: &Address, message: Arc<Envelope>) -> Result<()> {
        bus.connect().publish(to, message).await
    }
}

struct NamesConnection;

#[async_trait]
impl Fault for NamesConnection {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let consumed = bus.consume(source, options).await;
        consumed.map_err(|error| Error::new(ErrorKind::Connection, "no channel").with_source(error))
    }
}

struct ClosesOnce;

#[async_trait]
impl Fault for ClosesOnce {
    async fn close(&self, bus: &Memory) -> Result<()> {
        let nobody = Address::Event { service: "nobody".into(), event: "nothing".into() };
        bus.publish(&nobody, Envelope::bare("").into()).await?;
        bus.close().await
    }
}

struct ConsumersWait;

#[async_trait]
impl Fault for ConsumersWait {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        Ok(Consumer::new(deliveries(bus.consume(source, options).await?).chain(stream::pending())))
    }
}

struct CallsWait;

#[async_trait]
impl Fault for CallsWait {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        bus.connect().request(to, message, by).await
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
