//! Events in the fastest way with the same guarantees: persistent, confirmed, in a quorum queue with dead letters, and
//! acknowledged after they are handled. Everything is set for this load: a large prefetch, handlers without tasks, and
//! one acknowledgement for many events.

use anyhow::Result;
use futures_util::{FutureExt, StreamExt};
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection};

use super::twin;
use crate::broker;
use crate::role::Handled;

const NAMESPACE: &str = "bench-rival";
const PREFETCH: u16 = 1024;
/// One acknowledgement is sent for at most this number of events.
const ACKNOWLEDGED_TOGETHER: usize = 128;

/// A consumer; it consumes until it is dropped.
pub(crate) async fn consume(url: &str, handled: Handled) -> Result<Connection> {
    let connection = broker::connection(url).await?;
    let channel = connection.create_channel().await?;
    let queue = twin::declare(&channel, NAMESPACE).await?;
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    let consuming = BasicConsumeOptions::default();
    let consumer =
        channel.basic_consume(queue.as_str().into(), "".into(), consuming, FieldTable::default()).await?;
    tokio::spawn(handle_all(consumer, channel, handled));
    Ok(connection)
}

/// Handles what has arrived, and then acknowledges it together.
async fn handle_all(mut consumer: lapin::Consumer, channel: Channel, handled: Handled) -> Result<()> {
    while let Some(first) = consumer.next().await {
        let (mut next, mut last, mut count) = (Some(first), 0, 0);
        while let Some(delivery) = next.take() {
            let delivery = delivery?;
            handled.count(&serde_json::from_slice(&delivery.data)?);
            last = delivery.delivery_tag;
            count += 1;
            if count < ACKNOWLEDGED_TOGETHER {
                next = consumer.next().now_or_never().flatten();
            }
        }
        channel.basic_ack(last, BasicAckOptions { multiple: true }).await?;
    }
    Ok(())
}

/// A publisher that sets no more properties than the guarantees need.
pub(super) async fn connect(url: &str) -> Result<twin::Client> {
    twin::Client::connect_to(url, NAMESPACE, properties).await
}

fn properties() -> BasicProperties {
    let id = uuid::Uuid::now_v7().to_string();
    BasicProperties::default().with_delivery_mode(2).with_message_id(id.into())
}
