//! The RabbitMQ driver keeps the promises of a driver.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, ExchangeKind};
use lessmq::testing::conformance::{self, Harness};
use lessmq::transport::{ConnectOptions, Group, Source, Transport, connect};
use lessmq::{Error, ErrorKind};
use xtask::rabbitmq::Node;

struct RabbitHarness {
    /// A broker of its own, for it is restarted.
    node: Arc<Mutex<Node>>,
    url: String,
    options: ConnectOptions,
}

impl RabbitHarness {
    async fn start() -> Self {
        let node = tokio::task::spawn_blocking(|| Node::start("conformance")).await;
        let node = node.expect("starting does not panic").expect("RabbitMQ starts");
        let url = node.url().to_owned();
        let mut options = ConnectOptions::default();
        options.namespace = "conformance".to_owned();
        Self { node: Arc::new(Mutex::new(node)), url, options }
    }

    /// The queue of a source, as the driver's docs name it.
    fn queue(&self, source: &Source) -> Option<String> {
        let namespace = &self.options.namespace;
        match source {
            Source::Calls { service } => Some(format!("{namespace}.{service}.calls")),
            Source::Commands { service } => Some(format!("{namespace}.{service}.commands")),
            Source::Events { service, group: Group::Named(group), .. } => {
                Some(format!("{namespace}.{service}.events.{group}"))
            }
            Source::Existing { queue, bind: None } => Some(queue.to_string()),
            Source::Existing { queue, bind: Some(_) } => Some(format!("{namespace}.{queue}")),
            Source::Events { .. } | Source::DeadLetters(_) => None,
        }
    }

    async fn delete(&self, sources: &[Source]) -> Result<(), lapin::Error> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        for queue in sources.iter().filter_map(|source| self.queue(source)) {
            let levels = [
                "100ms", "250ms", "500ms", "1s", "2s", "4s", "8s", "15s", "30s", "1min", "2min", "5min",
                "15min", "30min", "1h", "3h", "6h",
            ];
            let retries = levels.map(|level| format!(".retry.{level}"));
            for suffix in retries.iter().map(String::as_str).chain(["", ".dead", ".turn"]) {
                channel
                    .queue_delete(format!("{queue}{suffix}").into(), QueueDeleteOptions::default())
                    .await?;
            }
        }
        connection.close(200, "done".into()).await
    }

    async fn create(&self, queue: &str, exchange: &str) -> Result<(), lapin::Error> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let queue_options = QueueDeclareOptions { durable: true, ..Default::default() };
        channel.queue_declare(queue.into(), queue_options, FieldTable::default()).await?;
        let (kind, options) = (ExchangeKind::Direct, ExchangeDeclareOptions::default());
        channel.exchange_declare(exchange.into(), kind, options, FieldTable::default()).await?;
        connection.close(200, "done".into()).await
    }
}

#[async_trait]
impl Harness for RabbitHarness {
    async fn connect(&self) -> lessmq::Result<Arc<dyn Transport>> {
        connect(&self.url, self.options.clone()).await
    }

    async fn create_existing(&self, queue: &str, exchange: &str) -> lessmq::Result<()> {
        let created = self.create(queue, exchange).await;
        created
            .map_err(|error| Error::new(ErrorKind::Topology, "cannot prepare the broker").with_source(error))
    }

    async fn clean_up(&self, sources: &[Source]) {
        // What a broken broker keeps is nobody's failure.
        let _ = self.delete(sources).await;
    }

    fn can_restart_broker(&self) -> bool {
        true
    }

    async fn restart_broker(&self) -> lessmq::Result<()> {
        let node = Arc::clone(&self.node);
        let restarted = tokio::task::spawn_blocking(move || {
            let mut node = node.lock().unwrap_or_else(PoisonError::into_inner);
            node.stop().and_then(|()| node.start_again())
        });
        let failed =
            |why: String| Error::new(ErrorKind::Connection, format!("the broker was not restarted: {why}"));
        restarted
            .await
            .map_err(|panic| failed(panic.to_string()))?
            .map_err(|error| failed(format!("{error:#}")))
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn lull(&self) -> Duration {
        Duration::from_millis(100)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_conforms() {
    conformance::run_all(&RabbitHarness::start().await).await.assert_passed();
}
