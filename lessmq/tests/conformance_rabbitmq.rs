//! The RabbitMQ driver passes the conformance suite, on the broker at `LESSMQ_TEST_AMQP_URL` (`cargo xtask test` sets
//! it). The cases that restart a broker start a separate one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use lapin::options::{
    ExchangeDeclareOptions, ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use lessmq::name::{ExternalName, Name};
use lessmq::testing::conformance::{External, Harness, RestartableBroker};
use lessmq::testing::conformance_tests;
use lessmq::transport::{ConnectOptions, Source, Transport, connect};
use lessmq::{Error, ErrorKind};
use xtask::rabbitmq::Node;

/// Few enough channels that the tests notice one that is not released.
const CHANNELS: u32 = 100;

/// Each test has its own, with its own namespace.
struct RabbitHarness {
    url: String,
    namespace: Name,
}

impl RabbitHarness {
    fn shared() -> Self {
        let url = std::env::var("LESSMQ_TEST_AMQP_URL").expect(
            "LESSMQ_TEST_AMQP_URL is not set: run `cargo xtask test`, or set it to the address of a RabbitMQ for tests, \
             as amqp://guest:guest@127.0.0.1:5672/%2f",
        );
        Self::new(url)
    }

    fn new(url: String) -> Self {
        let unique = uuid::Uuid::now_v7().simple().to_string();
        let namespace = format!("c-{}", &unique[unique.len() - 12..]);
        Self { url, namespace: Name::parse("namespace", &namespace).expect("it is a valid name") }
    }

    async fn channel(&self) -> Result<(Connection, Channel), lapin::Error> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        Ok((connection, channel))
    }

    async fn create(&self, queue: &str, exchange: &str) -> Result<(), lapin::Error> {
        let (connection, channel) = self.channel().await?;
        let durable = QueueDeclareOptions { durable: true, ..Default::default() };
        channel.queue_declare(queue.into(), durable, FieldTable::default()).await?;
        let (kind, options) = (ExchangeKind::Direct, ExchangeDeclareOptions::default());
        channel.exchange_declare(exchange.into(), kind, options, FieldTable::default()).await?;
        connection.close(200, "done".into()).await
    }

    async fn delete(&self, queue: Option<&str>, exchange: &str) -> Result<(), lapin::Error> {
        let (connection, channel) = self.channel().await?;
        if let Some(queue) = queue {
            channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await?;
        }
        channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await?;
        connection.close(200, "done".into()).await
    }
}

#[async_trait]
impl Harness for RabbitHarness {
    async fn connect(&self) -> lessmq::Result<Arc<dyn Transport>> {
        let mut options = ConnectOptions::default();
        options.namespace = self.namespace.clone();
        connect(&format!("{}?channel_max={CHANNELS}", self.url), options).await
    }

    async fn create_external(&self, id: &str) -> lessmq::Result<External> {
        let (queue, exchange) = (format!("{id}.queue"), format!("{id}.exchange"));
        self.create(&queue, &exchange).await.map_err(|error| {
            Error::new(ErrorKind::Topology, "cannot prepare the broker").with_source(error)
        })?;
        Ok(External {
            queue: ExternalName::parse("queue", &queue)?,
            topic: ExternalName::parse("topic", &format!("{exchange}/orders.made"))?,
            other_topic: ExternalName::parse("topic", &format!("{exchange}/orders.lost"))?,
        })
    }

    async fn delete_external(&self, external: &External) {
        let exchange = external.topic.as_str().split_once('/').map_or("", |(exchange, _)| exchange);
        let _ = self.delete(Some(external.queue.as_str()), exchange).await;
    }

    async fn clean_up(&self, _: &[Source]) {
        let _ = self.delete(None, &format!("{}.events", self.namespace)).await;
    }

    async fn start_broker(&self) -> lessmq::Result<Option<Box<dyn RestartableBroker>>> {
        let starting = tokio::task::spawn_blocking(|| Node::start("conformance"));
        let node = starting.await.map_err(failed)?.map_err(|error| failed(format!("{error:#}")))?;
        let harness = Self::new(node.url().to_owned());
        Ok(Some(Box::new(OwnBroker { node: Arc::new(Mutex::new(node)), harness })))
    }

    fn repetitions(&self) -> u32 {
        3 * CHANNELS
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(30)
    }
}

struct OwnBroker {
    node: Arc<Mutex<Node>>,
    harness: RabbitHarness,
}

#[async_trait]
impl RestartableBroker for OwnBroker {
    fn harness(&self) -> &dyn Harness {
        &self.harness
    }

    async fn restart(&self) -> lessmq::Result<()> {
        let node = Arc::clone(&self.node);
        let restarting = tokio::task::spawn_blocking(move || {
            let mut node = node.lock().unwrap_or_else(PoisonError::into_inner);
            node.stop().and_then(|()| node.start_again())
        });
        restarting.await.map_err(failed)?.map_err(|error| failed(format!("{error:#}")))
    }
}

fn failed(why: impl ToString) -> Error {
    Error::new(ErrorKind::Connection, format!("the broker did not start: {}", why.to_string()))
}

conformance_tests!(
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    RabbitHarness::shared()
);
