//! The RabbitMQ transport, over AMQP 0-9-1. It works the same on RabbitMQ 3.10 and 4.
//!
//! # Guarantees
//! - Commands and events are published persistent and confirmed; when a publish returns `Ok`, the message is stored in
//!   every queue that receives it. A publish waits up to 30 s for a broker that is unreachable. Messages without an
//!   answer on a broken connection are sent again on the next one.
//! - Commands and the events of groups are in durable quorum queues. A message whose handler failed is published to a
//!   retry queue, or to the dead letters, and confirmed there before it is acknowledged. So it may be handled twice,
//!   but is not lost.
//! - Ordered commands and ordered subscriptions have separate queues, with `x-single-active-consumer`. The first user of
//!   such a queue declares it, whether it is a sender or a consumer.
//! - Calls are transient and not confirmed: they expire in the broker at their deadline. A call that was already
//!   delivered when its connection broke may have been handled, and is dropped. A call that is released is sent again.
//! - Connections, queues and consumers are restored after the broker was unreachable, until the transport is closed.
//! - No log and no error contains credentials. (lapin logs every returned message at level `warn`, with its payload. To
//!   avoid that, filter the target `lapin::returned_messages`.)
//!
//! # Connections
//! One connection is used for publishing and calls. The first consumer of commands or events opens a second one: a
//! broker that is low on memory or disk stops reading from connections that publish, but must still read the
//! acknowledgements of consumers.
//!
//! # Queues
//! `{ns}.{service}.calls`, `{ns}.{service}.commands` and `{ns}.{service}.events.{group}`, which is bound to the topic
//! exchange `{ns}.events` with the routing key `{service}.{event}`. The queues of ordered commands and events, and the
//! routing keys of ordered events, end in `.ordered`. Queues `….dead` for dead letters and `….retry.{delay}` for each
//! delay are declared when they are first needed. The broker's `consumer_timeout` (30 min by default) limits how long a
//! handler may take.
//!
//! # External queues and topics
//! - The name of an external queue is the name of the queue. Messages are published to the default exchange.
//! - The name of an external topic is `exchange/routing.key`: the part before the first `/` is the exchange, and the
//!   rest is the routing key (the binding key of a subscription). Without a `/`, the routing key is empty.
//! - For a subscription to an external topic, the driver creates a queue and binds it to the exchange. Its name is
//!   `{ns}.{service}.{method}.{group}`.

mod acknowledgements;
mod active_consumer;
mod administration;
mod attempt;
mod batch;
mod cache;
mod calls;
mod capabilities;
mod channel;
mod consumer;
mod decode;
mod deliver;
mod dial;
mod encode;
mod endpoint;
mod external;
mod failure;
mod headers;
mod link;
mod publish_to;
mod publisher;
mod reply_queue;
mod republish;
mod responder;
mod retry_levels;
mod session;
mod settle;
mod shared;
mod source;
mod store;
mod target;
mod topology;
mod unsettled;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use self::capabilities::CAPABILITIES;
use self::consumer::RestoredConsumer;
use self::publish_to::PublishTo;
use self::publisher::{TIMEOUT, no_answer_error};
use self::session::Session;
use self::shared::Shared;
use super::kit::Names;
use super::{
    Capabilities, ConnectOptions, ConnectionStatus, ConsumeOptions, Consumer, Outgoing, Queue, Replies,
    Source, Status, Transport,
};
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, Result};

/// How long closing waits for confirms.
const LAST_CONFIRMS: Duration = Duration::from_secs(5);

/// A RabbitMQ broker.
pub struct RabbitMq {
    shared: Arc<Shared>,
}

impl RabbitMq {
    /// Connects to the broker at `amqp[s]://user:password@host:port/vhost`. While the broker is unreachable, it tries
    /// again with backoff, and logs that once.
    ///
    /// Parameters of the address, after the
    /// [specification](https://www.rabbitmq.com/docs/uri-query-parameters): `heartbeat` (seconds; 15),
    /// `connection_timeout` (milliseconds for one attempt; 10,000), `channel_max`, `frame_max` (bytes; 131,072),
    /// `auth_mechanism`; with `amqps`, where the system's certificate authorities are trusted, also `cacertfile`,
    /// `certfile` and `keyfile` (PEM).
    ///
    /// # Errors
    /// `Config` for a malformed address; `Connection` when the broker rejects the credentials or the virtual host,
    /// or when its certificate is not trusted.
    pub async fn connect(url: &Url, options: ConnectOptions) -> Result<Self> {
        Ok(Self { shared: Arc::new(Shared::connect(url, options).await?) })
    }

    /// Runs `work` on a session. Waits up to [`TIMEOUT`] for the broker.
    async fn on_session<T>(&self, work: impl AsyncFnOnce(&Session, &Names) -> Result<T>) -> Result<T> {
        self.shared.check_open()?;
        let deadline = Instant::now() + TIMEOUT;
        let session = self.shared.link.session(deadline).await?;
        let working = timeout_at(deadline, work(&session, &self.shared.names)).await;
        working.unwrap_or_else(|_| Err(no_answer_error()))
    }
}

#[async_trait]
impl Transport for RabbitMq {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn connection_status(&self) -> ConnectionStatus {
        self.shared.status()
    }

    async fn publish(&self, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        let check = |message: &Outgoing| {
            self.shared.check_open().and_then(|()| CAPABILITIES.check_size(&message.envelope)).err().map(Err)
        };
        let mut results: Vec<Option<Result<()>>> = batch.iter().map(check).collect();
        self.shared.publisher.publish_batch(&batch, &mut results).await;
        results.into_iter().map(|result| result.unwrap_or_else(|| Err(no_result_error()))).collect()
    }

    async fn publish_one(&self, message: Outgoing) -> Result<()> {
        self.shared.check_open()?;
        let Outgoing { destination, envelope } = &message;
        CAPABILITIES.check_size(envelope)?;
        let properties = || encode::write_for(destination, envelope);
        self.shared.publisher.publish(PublishTo::Destination(destination), properties, &envelope.data).await
    }

    fn call<'a>(&'a self, to: &'a Queue, message: Arc<Envelope>, deadline: Instant) -> Replies<'a> {
        Replies::once(async move {
            self.shared.check_open()?;
            CAPABILITIES.check_size(&message)?;
            self.shared.call(to, &message, deadline).await
        })
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        self.shared.check_open()?;
        let consumer = RestoredConsumer::start(Arc::clone(&self.shared), source, options).await?;
        Ok(Consumer::new(stream::unfold(Box::new(consumer), |mut consumer| async move {
            consumer.next().await.map(|delivery| (delivery, consumer))
        })))
    }

    async fn status(&self, source: &Source) -> Result<Status> {
        self.on_session(async |session, names| administration::status(session, names, source).await).await
    }

    async fn purge(&self, source: &Source) -> Result<Option<u64>> {
        self.on_session(async |session, names| administration::purge(session, names, source).await.map(Some))
            .await
    }

    async fn delete(&self, source: &Source) -> Result<()> {
        self.on_session(async |session, names| administration::delete(session, names, source).await).await
    }

    async fn close(&self) -> Result<()> {
        self.shared.refuse();
        // Publishes without a confirm fail with `Closed` after that.
        let _ = timeout(LAST_CONFIRMS, self.shared.publisher.drain()).await;
        self.shared.close().await;
        Ok(())
    }
}

impl fmt::Debug for RabbitMq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitMq").field("link", &self.shared.link).finish_non_exhaustive()
    }
}

/// The result of a message without one, which is a defect of the driver.
fn no_result_error() -> Error {
    Error::new(ErrorKind::Internal, "a message of a batch has no result")
}
