//! Events as a careful hand writes them with lapin: a topic exchange, a quorum queue with dead letters, confirms, the
//! same prefetch, and an acknowledgement when the event has been handled.

use anyhow::Result;
use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ExchangeKind};
use std::sync::Arc;

use super::Publisher;
use crate::broker;
use crate::messages::Happened;
use crate::role::Handled;

const NAMESPACE: &str = "bench-twin";
const KEY: &str = "bench.happened";

fn exchange(namespace: &str) -> String {
    format!("{namespace}.events")
}

/// A consumer; it consumes until it is dropped.
pub(crate) async fn consume(url: &str, handled: Handled) -> Result<Connection> {
    let connection = broker::connection(url).await?;
    let channel = connection.create_channel().await?;
    let queue = declare(&channel, NAMESPACE).await?;
    channel.basic_qos(4 * lessmq::server::DEFAULT_CONCURRENCY, BasicQosOptions::default()).await?;
    let consuming = BasicConsumeOptions::default();
    let mut consumer =
        channel.basic_consume(queue.as_str().into(), "".into(), consuming, FieldTable::default()).await?;
    tokio::spawn(async move {
        while let Some(Ok(delivery)) = consumer.next().await {
            let handled = handled.clone();
            tokio::spawn(async move { handle(delivery, &handled).await.expect("the connection holds") });
        }
    });
    Ok(connection)
}

async fn handle(delivery: Delivery, handled: &Handled) -> Result<()> {
    let event: Happened = serde_json::from_slice(&delivery.data)?;
    handled.count(&event);
    delivery.ack(BasicAckOptions::default()).await?;
    Ok(())
}

/// Declares the exchange and the queues of a namespace, and returns the name of the queue.
pub(super) async fn declare(channel: &Channel, namespace: &str) -> Result<String> {
    let (exchange, queue) = (exchange(namespace), format!("{namespace}.bench.events.bench"));
    let dead_letters = format!("{queue}.dead");
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel
        .exchange_declare(exchange.as_str().into(), ExchangeKind::Topic, durable, FieldTable::default())
        .await?;
    let text = |text: &str| AMQPValue::LongString(text.into());
    let mut dead = FieldTable::default();
    dead.insert("x-queue-type".into(), text("quorum"));
    let mut arguments = dead.clone();
    for (name, value) in [
        ("x-dead-letter-exchange", ""),
        ("x-dead-letter-routing-key", &*dead_letters),
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-overflow", "reject-publish"),
    ] {
        arguments.insert(name.into(), text(value));
    }
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(dead_letters.as_str().into(), durable, dead).await?;
    channel.queue_declare(queue.as_str().into(), durable, arguments).await?;
    let options = QueueBindOptions::default();
    channel
        .queue_bind(queue.as_str().into(), exchange.into(), KEY.into(), options, FieldTable::default())
        .await?;
    Ok(queue)
}

/// The properties that LessMQ sets too.
fn properties() -> BasicProperties {
    BasicProperties::default()
        .with_delivery_mode(2)
        .with_content_type("application/json".into())
        .with_message_id(uuid::Uuid::now_v7().to_string().into())
        .with_type(KEY.into())
        .with_app_id("publisher".into())
}

/// A publisher of one hand-written program.
#[derive(Clone)]
pub(super) struct Client {
    channel: Channel,
    exchange: ShortString,
    properties: fn() -> BasicProperties,
    _connection: Arc<Connection>,
}

impl Client {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        Self::connect_to(url, NAMESPACE, properties).await
    }

    /// Connects a publisher to a namespace. `properties` makes those of each event.
    pub(super) async fn connect_to(
        url: &str,
        namespace: &str,
        properties: fn() -> BasicProperties,
    ) -> Result<Self> {
        let connection = broker::connection(url).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let exchange = exchange(namespace).into();
        Ok(Self { channel, exchange, properties, _connection: Arc::new(connection) })
    }

    async fn publish(&self, event: &Happened) -> Result<()> {
        let payload = serde_json::to_vec(event)?;
        let options = BasicPublishOptions::default();
        let (exchange, properties) = (self.exchange.clone(), (self.properties)());
        let publishing = self.channel.basic_publish(exchange, KEY.into(), options, &payload, properties);
        anyhow::ensure!(publishing.await?.await?.is_ack(), "the broker refused an event");
        Ok(())
    }
}

impl Publisher for Client {
    async fn happened(&self, event: Happened) {
        self.publish(&event).await.expect("the broker stores it");
    }
}
