//! Declares queues and exchanges, and checks external ones.
//!
//! Each operation has a separate channel, because the broker closes the channel of an operation that it refuses. All
//! declarations are idempotent, so that processes can start at the same time.
//!
//! | queue | type | arguments |
//! | --- | --- | --- |
//! | `{ns}.{service}.calls` | classic | `x-expires` 5 min |
//! | `{ns}.{service}.commands`, `{ns}.{service}.events.{group}` | quorum | dead letters to `….dead`, at least once; `x-delivery-limit` 1000 |
//! | `….commands.ordered`, `….events.{group}.ordered` | quorum | the same, and `x-single-active-consumer` |
//! | `….dead` | quorum | no limits |
//! | `{ns}.retry.{delay}` | quorum | `x-message-ttl`; dead letters to the exchange `{ns}.retry`, at least once |
//! | `{ns}.retry.external.{delay}` | quorum | the same, to the default exchange |
//! | `{ns}.retry.orphans` | quorum | no limits; retried messages whose queue was deleted |
//! | `{ns}.{service}.broadcast.{id}` | classic, exclusive, auto-delete | |
//!
//! Dead-lettering *at least once* ([quorum queues](https://www.rabbitmq.com/docs/quorum-queues#dead-lettering),
//! since 3.10) keeps a message in its queue until the target has confirmed it; it requires `reject-publish`. A queue
//! forwards no more than 32 such messages at a time, so messages that no queue takes would stop the retries of all
//! others. That is why the exchange `{ns}.retry` has an alternate exchange, which leads to the orphans.

use std::time::Duration;

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};

use super::failure::{declaration_error, is_missing, missing_error, short};
use super::session::Session;
use crate::error::Result;
use crate::transport::kit::Names;
use crate::transport::{Queue, Source};

/// The exchange of all events, inside our namespace.
pub(super) const EVENTS: &str = "events";
/// The exchange that leads retried messages back to their queues, and the prefix of the queues that they wait in.
pub(super) const RETRY: &str = "retry";
/// The exchange and the queue of retried messages that have no queue to go back to.
const ORPHANS: &str = "retry.orphans";
/// The expiry of a queue of calls after its last provider.
const CALLS_EXPIRE: Duration = Duration::from_secs(5 * 60);
/// How often a message may be requeued before the broker moves it to the dead letters. Far above the attempts of any
/// retry policy, which also counts these deliveries. The default of RabbitMQ 4 is 20.
const DELIVERY_LIMIT: i64 = 1000;

/// The declaration of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QueueDeclaration {
    pub(super) name: String,
    pub(super) kind: QueueKind,
}

/// What a queue is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum QueueKind {
    Calls,
    /// Commands, or the messages of a consumer group.
    Work {
        dead: String,
        ordered: bool,
    },
    Dead,
    Retry {
        /// Leads back by the routing key, which is the name of a queue.
        exchange: String,
        delay: Duration,
    },
    Broadcast,
}

impl QueueDeclaration {
    /// The queue of `queue`; `None` for an external one.
    pub(super) fn of_queue(names: &Names, queue: &Queue) -> Option<Self> {
        let kind = match queue {
            Queue::External { .. } => return None,
            Queue::Calls { .. } => QueueKind::Calls,
            Queue::Commands { ordered, .. } => {
                let dead = names.dead_letters(&Source::Queue(queue.clone()));
                QueueKind::Work { dead, ordered: *ordered }
            }
        };
        Some(Self { name: names.queue(queue), kind })
    }

    fn arguments(&self) -> FieldTable {
        let mut table = FieldTable::default();
        let mut set = |name: &str, value: AMQPValue| {
            table.insert(name.into(), value);
        };
        let text = |value: &str| AMQPValue::LongString(value.into());
        let millis =
            |value: Duration| AMQPValue::LongLongInt(value.as_millis().try_into().unwrap_or(i64::MAX));
        if !matches!(self.kind, QueueKind::Calls | QueueKind::Broadcast) {
            set("x-queue-type", text("quorum"));
        }
        match &self.kind {
            QueueKind::Calls => set("x-expires", millis(CALLS_EXPIRE)),
            QueueKind::Work { ordered, .. } => {
                set("x-delivery-limit", AMQPValue::LongLongInt(DELIVERY_LIMIT));
                if *ordered {
                    set("x-single-active-consumer", AMQPValue::Boolean(true));
                }
            }
            // Dead letters have no other queue to go to.
            QueueKind::Dead => set("x-delivery-limit", AMQPValue::LongLongInt(i32::MAX.into())),
            QueueKind::Retry { delay, .. } => set("x-message-ttl", millis(*delay)),
            QueueKind::Broadcast => {}
        }
        let next = match &self.kind {
            QueueKind::Work { dead, .. } => Some(("", Some(dead))),
            QueueKind::Retry { exchange, .. } => Some((exchange.as_str(), None)),
            _ => None,
        };
        if let Some((exchange, routing_key)) = next {
            set("x-dead-letter-exchange", text(exchange));
            if let Some(queue) = routing_key {
                set("x-dead-letter-routing-key", text(queue));
            }
            set("x-dead-letter-strategy", text("at-least-once"));
            set("x-overflow", text("reject-publish"));
        }
        table
    }

    /// Declares the queue, after the queue of its dead letters, and binds it to the exchange of retries.
    pub(super) async fn declare(&self, session: &Session, names: &Names) -> Result<()> {
        if let QueueKind::Work { dead, .. } = &self.kind {
            let dead = Self { name: dead.clone(), kind: QueueKind::Dead };
            Box::pin(dead.declare(session, names)).await?;
        }
        let temporary = self.kind == QueueKind::Broadcast;
        let options = QueueDeclareOptions {
            durable: !temporary,
            exclusive: temporary,
            auto_delete: temporary,
            ..QueueDeclareOptions::default()
        };
        let name = short("queue", &self.name)?;
        let channel = session.channel().await?;
        let declaring = channel.queue_declare(name.clone(), options, self.arguments()).await;
        declaring.map_err(|error| declaration_error(&format!("queue `{}`", self.name), error))?;
        if matches!(self.kind, QueueKind::Work { .. } | QueueKind::Dead) {
            let retry: ShortString = declare_retry_exchange(session, names).await?.into();
            bind(session, &self.name, &retry, name).await?;
        }
        Ok(())
    }
}

/// Declares the exchange that leads retried messages back to their queues, and returns its name. What it cannot route
/// goes to the orphans.
async fn declare_retry_exchange(session: &Session, names: &Names) -> Result<String> {
    let name = names.namespaced(RETRY);
    let mut arguments = FieldTable::default();
    let orphans = AMQPValue::LongString(names.namespaced(ORPHANS).into());
    arguments.insert("alternate-exchange".into(), orphans);
    declare_exchange(session, &name, ExchangeKind::Direct, arguments).await?;
    Ok(name)
}

/// Declares the queue of a retry's delay, with the exchange that leads to it, and the queue of orphans.
pub(super) async fn declare_retry(session: &Session, names: &Names, level: &QueueDeclaration) -> Result<()> {
    declare_retry_exchange(session, names).await?;
    let orphans = QueueDeclaration { name: names.namespaced(ORPHANS), kind: QueueKind::Dead };
    for queue in [&orphans, level] {
        queue.declare(session, names).await?;
        declare_exchange(session, &queue.name, ExchangeKind::Fanout, FieldTable::default()).await?;
        bind(session, &queue.name, &queue.name.as_str().into(), ShortString::default()).await?;
    }
    Ok(())
}

async fn declare_exchange(
    session: &Session,
    name: &str,
    kind: ExchangeKind,
    arguments: FieldTable,
) -> Result<()> {
    let channel = session.channel().await?;
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let declaring = channel.exchange_declare(name.into(), kind, options, arguments).await;
    declaring.map_err(|error| declaration_error(&format!("exchange `{name}`"), error))
}

/// Declares an exchange for events.
pub(super) async fn declare_events(session: &Session, name: &str) -> Result<()> {
    declare_exchange(session, name, ExchangeKind::Topic, FieldTable::default()).await
}

/// Binds a queue to an exchange.
pub(super) async fn bind(
    session: &Session,
    queue: &str,
    exchange: &ShortString,
    routing_key: ShortString,
) -> Result<()> {
    let channel = session.channel().await?;
    let options = QueueBindOptions::default();
    let binding =
        channel.queue_bind(queue.into(), exchange.clone(), routing_key, options, FieldTable::default());
    binding.await.map_err(|error| missing_error(&format!("exchange `{exchange}` or queue `{queue}`"), error))
}

/// How many messages in a queue wait for a consumer; `None` if the queue does not exist. For a queue of calls, this
/// also resets its expiry.
pub(super) async fn count_messages(session: &Session, queue: &str) -> Result<Option<u32>> {
    let name = short("queue", queue)?;
    let channel = session.channel().await?;
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    match channel.queue_declare(name, options, FieldTable::default()).await {
        Ok(queue) => Ok(Some(queue.message_count())),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(declaration_error(&format!("queue `{queue}`"), error)),
    }
}

/// Checks that an exchange exists.
pub(super) async fn require_exchange(session: &Session, name: &ShortString) -> Result<()> {
    let channel = session.channel().await?;
    let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
    let declaring =
        channel.exchange_declare(name.clone(), ExchangeKind::Direct, options, FieldTable::default()).await;
    declaring.map_err(|error| missing_error(&format!("exchange `{name}`"), error))
}
