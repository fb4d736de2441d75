//! Events as a careful hand writes them with lapin: a topic exchange, a quorum queue with dead letters, confirms, the
//! same prefetch, and an acknowledgement when the event has been handled.

use anyhow::Result;
use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ExchangeKind};
use std::sync::Arc;

use super::Publisher;
use crate::broker;
use crate::messages::Happened;
use crate::role::Handled;

const EXCHANGE: &str = "bench-twin.events";
const QUEUE: &str = "bench-twin.bench.events.bench";
const DEAD: &str = "bench-twin.bench.events.bench.dead";
const KEY: &str = "bench.happened";

/// A consumer; it consumes until it is dropped.
pub(crate) async fn consume(url: &str, handled: Handled) -> Result<Connection> {
    let connection = broker::connection(url).await?;
    let channel = connection.create_channel().await?;
    declare(&channel).await?;
    channel.basic_qos(lessmq::server::DEFAULT_CONCURRENCY, BasicQosOptions::default()).await?;
    let consuming = BasicConsumeOptions::default();
    let mut consumer =
        channel.basic_consume(QUEUE.into(), "".into(), consuming, FieldTable::default()).await?;
    tokio::spawn(async move {
        while let Some(Ok(delivery)) = consumer.next().await {
            let handled = handled.clone();
            tokio::spawn(async move { handle(delivery, &handled).await.expect("the connection holds") });
        }
    });
    Ok(connection)
}

async fn handle(delivery: Delivery, handled: &Handled) -> Result<()> {
    let _event: Happened = serde_json::from_slice(&delivery.data)?;
    handled.count();
    delivery.ack(BasicAckOptions::default()).await?;
    Ok(())
}

async fn declare(channel: &Channel) -> Result<()> {
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(EXCHANGE.into(), ExchangeKind::Topic, durable, FieldTable::default()).await?;
    let text = |text: &str| AMQPValue::LongString(text.into());
    let mut dead = FieldTable::default();
    dead.insert("x-queue-type".into(), text("quorum"));
    let mut arguments = dead.clone();
    for (name, value) in [
        ("x-dead-letter-exchange", ""),
        ("x-dead-letter-routing-key", DEAD),
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-overflow", "reject-publish"),
    ] {
        arguments.insert(name.into(), text(value));
    }
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(DEAD.into(), durable, dead).await?;
    channel.queue_declare(QUEUE.into(), durable, arguments).await?;
    let options = QueueBindOptions::default();
    channel.queue_bind(QUEUE.into(), EXCHANGE.into(), KEY.into(), options, FieldTable::default()).await?;
    Ok(())
}

#[derive(Clone)]
pub(super) struct Client {
    channel: Channel,
    _connection: Arc<Connection>,
}

impl Client {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        let connection = broker::connection(url).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { channel, _connection: Arc::new(connection) })
    }

    async fn publish(&self, event: &Happened) -> Result<()> {
        let payload = serde_json::to_vec(event)?;
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_content_type("application/json".into())
            .with_message_id(uuid::Uuid::now_v7().to_string().into())
            .with_type(KEY.into())
            .with_app_id("publisher".into());
        let options = BasicPublishOptions::default();
        let publishing =
            self.channel.basic_publish(EXCHANGE.into(), KEY.into(), options, &payload, properties);
        anyhow::ensure!(publishing.await?.await?.is_ack(), "the broker refused an event");
        Ok(())
    }
}

impl Publisher for Client {
    async fn happened(&self, event: Happened) {
        self.publish(&event).await.expect("the broker stores it");
    }
}
