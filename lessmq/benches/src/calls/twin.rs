//! Calls as a careful hand writes them with lapin: the same queues, prefetch and acknowledgements as LessMQ's, ids and
//! times to live on the messages, a reply queue per client, handlers that run at once, and a timeout.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection};
use tokio::sync::oneshot;

use super::Caller;
use crate::broker;
use crate::messages::Add;

const TIMEOUT: Duration = Duration::from_secs(10);
const QUEUE: &str = "bench-twin.bench.calls";

/// A server; it serves until it is dropped.
pub(crate) async fn serve(url: &str) -> Result<Connection> {
    let connection = broker::connection(url).await?;
    let channel = connection.create_channel().await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-expires".into(), AMQPValue::LongLongInt(300_000));
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(QUEUE.into(), durable, arguments).await?;
    channel.basic_qos(lessmq::server::DEFAULT_CONCURRENCY, BasicQosOptions::default()).await?;
    let consuming = BasicConsumeOptions::default();
    let mut consumer =
        channel.basic_consume(QUEUE.into(), "".into(), consuming, FieldTable::default()).await?;
    let replies = connection.create_channel().await?;
    tokio::spawn(async move {
        while let Some(Ok(delivery)) = consumer.next().await {
            let replies = replies.clone();
            tokio::spawn(async move { handle(delivery, &replies).await.expect("the connection holds") });
        }
    });
    Ok(connection)
}

async fn handle(delivery: Delivery, replies: &Channel) -> Result<()> {
    // A call is handled at most once, so it is acknowledged first.
    delivery.ack(BasicAckOptions::default()).await?;
    let Add { a, b } = serde_json::from_slice(&delivery.data)?;
    let answer = serde_json::to_vec(&a.wrapping_add(b))?;
    let to = delivery.properties.reply_to().clone().context("a call says where its reply goes")?;
    let correlation = delivery.properties.correlation_id().clone().context("a call has a number")?;
    let properties = properties("bench.add", "bench").with_correlation_id(correlation);
    replies.basic_publish("".into(), to, BasicPublishOptions::default(), &answer, properties).await?;
    Ok(())
}

fn properties(kind: &'static str, source: &'static str) -> BasicProperties {
    BasicProperties::default()
        .with_delivery_mode(1)
        .with_content_type("application/json".into())
        .with_message_id(uuid::Uuid::now_v7().to_string().into())
        .with_type(kind.into())
        .with_app_id(source.into())
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Vec<u8>>>>>;

#[derive(Clone)]
pub(super) struct Client(Arc<Inner>);

struct Inner {
    channel: Channel,
    replies: ShortString,
    waiting: Waiting,
    last: AtomicU64,
    _connection: Connection,
}

impl Client {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        let connection = broker::connection(url).await?;
        let channel = connection.create_channel().await?;
        let exclusive =
            QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare("".into(), exclusive, FieldTable::default()).await?;
        let replies = queue.name().clone();
        let consuming =
            BasicConsumeOptions { no_ack: true, exclusive: true, ..BasicConsumeOptions::default() };
        let mut consumer =
            channel.basic_consume(replies.clone(), "".into(), consuming, FieldTable::default()).await?;
        let waiting = Waiting::default();
        let callers = Arc::clone(&waiting);
        tokio::spawn(async move {
            while let Some(Ok(reply)) = consumer.next().await {
                let number =
                    reply.properties.correlation_id().as_ref().and_then(|id| id.as_str().parse().ok());
                let caller = number.and_then(|number: u64| lock(&callers).remove(&number));
                if let Some(caller) = caller {
                    // The caller may have left.
                    let _ = caller.send(reply.data);
                }
            }
        });
        Ok(Self(Arc::new(Inner {
            channel,
            replies,
            waiting,
            last: AtomicU64::new(0),
            _connection: connection,
        })))
    }

    async fn call(&self, kind: &'static str, request: &impl serde::Serialize) -> Result<Vec<u8>> {
        let (sender, reply) = oneshot::channel();
        let number = self.0.last.fetch_add(1, Ordering::Relaxed);
        lock(&self.0.waiting).insert(number, sender);
        let properties = properties(kind, "caller")
            .with_reply_to(self.0.replies.clone())
            .with_correlation_id(number.to_string().into())
            .with_expiration(TIMEOUT.as_millis().to_string().into());
        let payload = serde_json::to_vec(request)?;
        let options = BasicPublishOptions::default();
        self.0.channel.basic_publish("".into(), QUEUE.into(), options, &payload, properties).await?;
        let reply = tokio::time::timeout(TIMEOUT, reply).await;
        if reply.is_err() {
            lock(&self.0.waiting).remove(&number);
        }
        Ok(reply??)
    }
}

impl Caller for Client {
    async fn add(&self, arguments: Add) -> u32 {
        let reply = self.call("bench.add", &arguments).await.expect("the server answers");
        serde_json::from_slice(&reply).expect("the server answers with a number")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
