//! The RabbitMQ transport, over AMQP 0-9-1. Works the same on RabbitMQ 3.10 and 4.
//!
//! # Guarantees
//! - Commands and events are published persistent and confirmed; a publish that returned `Ok` is stored in every
//!   queue that wants it. It waits up to 30 s for a broker that is away; what a broken connection left unanswered is
//!   sent again on the next.
//! - Commands and the events of groups live in durable quorum queues. What fails is published to a retry queue, or
//!   to the dead letters, and confirmed there before it is acknowledged: it may be handled twice and is not lost.
//! - Calls are transient and not confirmed: they expire in the broker at their deadline. One that was out when its
//!   connection broke may have been handled, and is dropped; one that is released is sent again.
//! - Connections, queues and consumers are restored after the broker was away, for as long as the transport lives.
//! - Credentials are in no log and no error. (lapin logs a message that no queue wants at level `warn`, with its
//!   payload: filter the target `lapin::returned_messages` where that matters.)
//!
//! # Connections
//! One connection publishes and does calls. The first consumer of commands or events opens a second: a broker that
//! is short of memory or disk stops reading from connections that publish, and must go on to read the
//! acknowledgements of those that consume.
//!
//! # Queues
//! `{ns}.{service}.calls`, `{ns}.{service}.commands`, `{ns}.{service}.events.{group}` on the topic exchange
//! `{ns}.events` with the routing key `{service}.{event}`; beside each of them, when first needed, `….dead` and one
//! `….retry.{delay}` for each delay; beside commands that are consumed in order, `….turn`. A broker that is set to
//! forget unsettled deliveries (`consumer_timeout`, 30 min unless set) bounds how long a handler may take.

mod calls;
mod consumer;
mod endpoint;
mod failure;
mod headers;
mod link;
mod names;
mod properties;
mod publisher;
mod session;
mod settle;
mod topology;
mod turn;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use url::Url;

use self::consumer::Subscription;
use self::endpoint::Endpoint;
use self::link::{Dialer, Link};
use self::names::Names;
use self::publisher::{Prepare, Publisher};
use super::{Address, Capabilities, ConnectOptions, ConsumeOptions, Consumer, Source, Transport};
use crate::envelope::{Envelope, Reply};
use crate::error::{Error, ErrorKind, Result};

/// RabbitMQ 4's largest message, unless it is set otherwise.
const MAX_PAYLOAD: usize = 16 * 1024 * 1024;
/// All headers of a message must fit into one frame of 128 KiB.
const MAX_ATTRIBUTES: usize = 64 * 1024;
/// How long closing waits for confirms.
const LAST_CONFIRMS: Duration = Duration::from_secs(5);

/// A RabbitMQ broker.
pub struct RabbitMq {
    core: Arc<Core>,
}

/// What all parts of the driver share.
struct Core {
    names: Arc<Names>,
    dialer: Dialer,
    /// For all that publishes, and for calls.
    link: Arc<Link>,
    /// For consumers of commands and events.
    consumers: OnceCell<Arc<Link>>,
    publisher: Publisher,
    refusing: AtomicBool,
    closing: CancellationToken,
}

impl RabbitMq {
    /// Connects to the broker at `amqp[s]://user:password@host:port/vhost`, trying again with backoff for as long
    /// as it cannot be reached, which it says once in the log.
    ///
    /// Parameters of the address, after the
    /// [specification](https://www.rabbitmq.com/docs/uri-query-parameters): `heartbeat` (seconds; 15),
    /// `connection_timeout` (milliseconds for one attempt; 10,000), `channel_max`, `frame_max`, `auth_mechanism`;
    /// with `amqps`, where the system's certificate authorities are trusted, also `cacertfile`, `certfile` and
    /// `keyfile` (PEM).
    ///
    /// # Errors
    /// `Config` for a malformed address; `Connection` when the broker refuses the credentials or the virtual host,
    /// or when its certificate is not trusted.
    pub async fn connect(url: &Url, options: ConnectOptions) -> Result<Self> {
        let endpoint = Arc::new(Endpoint::parse(url)?);
        let names = Arc::new(Names::new(&options.namespace));
        let dialer = Dialer { endpoint, client_name: options.client_name };
        let closing = CancellationToken::new();
        let link = Arc::new(Link::connect(dialer.clone(), closing.clone()).await?);
        let publisher = Publisher::new(Arc::clone(&link), Arc::clone(&names));
        let (consumers, refusing) = (OnceCell::new(), AtomicBool::new(false));
        Ok(Self { core: Arc::new(Core { names, dialer, link, consumers, publisher, refusing, closing }) })
    }
}

#[async_trait]
impl Transport for RabbitMq {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: "rabbitmq",
            max_payload: MAX_PAYLOAD,
            max_retry_delay: settle::LONGEST_DELAY,
            ordered: true,
            existing: true,
            durable: true,
        }
    }

    async fn publish(&self, to: &Address, message: Arc<Envelope>) -> Result<()> {
        self.core.check_open()?;
        check_size(&message)?;
        let properties = || match to {
            Address::Existing { .. } => properties::write_plain(&message),
            Address::Calls { .. } => properties::write(&message, false),
            Address::Commands { .. } | Address::Event { .. } => properties::write(&message, true),
        };
        self.core.publisher.publish(to, Prepare::ByAddress, properties, &message.data).await
    }

    async fn request(&self, to: &Address, message: Arc<Envelope>, deadline: Instant) -> Result<Reply> {
        self.core.check_open()?;
        check_size(&message)?;
        self.core.call(to, &message, deadline).await
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        self.core.check_open()?;
        let subscription = Subscription::open(Arc::clone(&self.core), source, options).await?;
        Ok(Consumer::new(stream::unfold(Box::new(subscription), |mut subscription| async move {
            subscription.next().await.map(|delivery| (delivery, subscription))
        })))
    }

    async fn close(&self) -> Result<()> {
        let core = &self.core;
        core.refusing.store(true, Ordering::Relaxed);
        // Those that are not confirmed by then fail with `Closed`.
        let _ = timeout(LAST_CONFIRMS, core.publisher.drained()).await;
        if let Some(session) = core.link.current() {
            // Nor does anybody wait longer for replies.
            let _ = timeout(LAST_CONFIRMS, session.flush()).await;
        }
        core.closing.cancel();
        core.link.ended().await;
        if let Some(consumers) = core.consumers.get() {
            consumers.ended().await;
        }
        Ok(())
    }
}

impl fmt::Debug for RabbitMq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitMq").field("link", &self.core.link).finish_non_exhaustive()
    }
}

impl Core {
    fn check_open(&self) -> Result<()> {
        if self.refusing.load(Ordering::Relaxed) { Err(failure::closed()) } else { Ok(()) }
    }

    /// The connection that `source` is consumed over.
    async fn link_for(&self, source: &Source, give_up: Instant) -> Result<Arc<Link>> {
        if matches!(source, Source::Calls { .. }) {
            return Ok(Arc::clone(&self.link));
        }
        let connecting = self.consumers.get_or_try_init(|| async {
            Link::connect(self.dialer.clone(), self.closing.clone()).await.map(Arc::new)
        });
        timeout_at(give_up, connecting).await.unwrap_or_else(|_| Err(self.link.away())).cloned()
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

/// Refuses what the broker takes for too large.
fn check_payload(data: &[u8]) -> Result<()> {
    let length = data.len();
    if length <= MAX_PAYLOAD {
        return Ok(());
    }
    let context = format!("a message of {length} bytes is too large: RabbitMQ takes {MAX_PAYLOAD}");
    Err(Error::new(ErrorKind::TooLarge, context).with_hint("store the data elsewhere and send where it is"))
}

/// Refuses what the broker would answer by closing the channel or the connection.
fn check_size(message: &Envelope) -> Result<()> {
    check_payload(&message.data)?;
    let length = |text: &Option<crate::envelope::Text>| text.as_deref().map_or(0, str::len);
    let attributes = message.id.len()
        + message.source.len()
        + message.kind.len()
        + length(&message.content_type)
        + length(&message.data_schema)
        + length(&message.trace_state)
        + length(&message.partition_key)
        + message.extensions.iter().map(|(name, value)| name.len() + value.len() + 32).sum::<usize>();
    if attributes > MAX_ATTRIBUTES {
        let context =
            format!("{attributes} bytes of attributes are too large: they are limited to {MAX_ATTRIBUTES}");
        return Err(Error::new(ErrorKind::TooLarge, context).with_hint("send them in the payload"));
    }
    Ok(())
}
