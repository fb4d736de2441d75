//! The RabbitMQ driver keeps the promises of a driver.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, ExchangeKind};
use lessmq::testing::conformance::{self, Harness};
use lessmq::transport::{ConnectOptions, Group, Source, Transport, connect};
use lessmq::{Error, ErrorKind};

struct RabbitHarness {
    url: String,
    options: ConnectOptions,
    /// A shell command that restarts the broker.
    restart: Option<String>,
}

impl RabbitHarness {
    fn from_env() -> Self {
        let url = std::env::var("LESSMQ_TEST_AMQP_URL").expect(
            "LESSMQ_TEST_AMQP_URL is not set: run `cargo xtask test`, or set it to the address of a RabbitMQ for \
             tests, as amqp://guest:guest@127.0.0.1:5672/%2f",
        );
        let unique = uuid::Uuid::now_v7().simple().to_string();
        let mut options = ConnectOptions::default();
        options.namespace = format!("t-{}", &unique[unique.len() - 12..]);
        Self { url, options, restart: std::env::var("LESSMQ_TEST_AMQP_RESTART").ok() }
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
        self.restart.is_some()
    }

    async fn restart_broker(&self) -> lessmq::Result<()> {
        let failed = |why: String| Error::new(ErrorKind::Config, format!("LESSMQ_TEST_AMQP_RESTART: {why}"));
        let command = self.restart.as_deref().unwrap_or("false");
        let mut shell = tokio::process::Command::new("sh");
        let done = shell.args(["-c", command]).stdin(Stdio::null()).status().await;
        let status = done.map_err(|error| failed(error.to_string()))?;
        if status.success() { Ok(()) } else { Err(failed(status.to_string())) }
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
    conformance::run_all(&RabbitHarness::from_env()).await.assert_passed();
}
