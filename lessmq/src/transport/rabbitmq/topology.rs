//! The queues and exchanges that we declare, and checks of those that we do not.
//!
//! Each operation has a separate channel, because the broker closes the channel of an operation that it refuses. All
//! declarations are idempotent, so that processes can start at the same time.
//!
//! | queue | type | arguments |
//! | --- | --- | --- |
//! | `{ns}.{service}.calls` | classic | `x-expires` 5 min |
//! | `{ns}.{service}.commands`, `{ns}.{service}.events.{group}` | quorum | dead letters to `….dead`, at least once; `x-delivery-limit` 1000 |
//! | `….commands.ordered`, `….events.{group}.ordered` | quorum | the same, and `x-single-active-consumer` |
//! | `….retry.{delay}` | quorum | `x-message-ttl`; dead letters back to the queue, at least once |
//! | `….dead` | quorum | no limits |
//! | `{ns}.{service}.broadcast.{id}` | classic, exclusive, auto-delete | |
//!
//! Dead-lettering *at least once* ([quorum queues](https://www.rabbitmq.com/docs/quorum-queues#dead-lettering),
//! since 3.10) keeps a message in its queue until the target has confirmed it; it requires `reject-publish`.

use std::time::Duration;

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};

use super::failure::{declaration, is_missing, missing, short};
use super::session::Session;
use crate::error::Result;
use crate::transport::kit::Names;
use crate::transport::{Queue, Source};

/// The exchange of all events, inside our namespace.
pub(super) const EVENTS: &str = "events";
/// How long a queue of calls outlives its last provider.
const CALLS_EXPIRE: Duration = Duration::from_secs(5 * 60);
/// How often a message may come back unsettled before the broker moves it to the dead letters. Far above the attempts
/// of any retry policy, which counts these as well; RabbitMQ 4 has 20 by default.
const DELIVERY_LIMIT: i64 = 1000;

/// A queue of ours, as it is declared.
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
        target: String,
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
            // Dead letters have nowhere else to go.
            QueueKind::Dead => set("x-delivery-limit", AMQPValue::LongLongInt(i32::MAX.into())),
            QueueKind::Retry { delay, .. } => set("x-message-ttl", millis(*delay)),
            QueueKind::Broadcast => {}
        }
        if let QueueKind::Work { dead: next, .. } | QueueKind::Retry { target: next, .. } = &self.kind {
            set("x-dead-letter-exchange", text(""));
            set("x-dead-letter-routing-key", text(next));
            set("x-dead-letter-strategy", text("at-least-once"));
            set("x-overflow", text("reject-publish"));
        }
        table
    }

    /// Declares the queue, after the queue of its dead letters.
    pub(super) async fn declare(&self, session: &Session) -> Result<()> {
        if let QueueKind::Work { dead, .. } = &self.kind {
            let dead = Self { name: dead.clone(), kind: QueueKind::Dead };
            Box::pin(dead.declare(session)).await?;
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
        let declaring = channel.queue_declare(name, options, self.arguments()).await;
        declaring.map(drop).map_err(|error| declaration(&format!("queue `{}`", self.name), error))
    }
}

/// Declares the exchange of events.
pub(super) async fn declare_events(session: &Session, name: &str) -> Result<()> {
    let channel = session.channel().await?;
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let declaring =
        channel.exchange_declare(name.into(), ExchangeKind::Topic, options, FieldTable::default()).await;
    declaring.map_err(|error| declaration(&format!("exchange `{name}`"), error))
}

/// Binds a queue of ours to an exchange.
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
    binding.await.map_err(|error| missing(&format!("exchange `{exchange}` or queue `{queue}`"), error))
}

/// How many messages in a queue wait for a consumer; `None` if the queue does not exist. Asking for a queue of calls
/// keeps it from expiring.
pub(super) async fn count_messages(session: &Session, queue: &str) -> Result<Option<u32>> {
    let name = short("queue", queue)?;
    let channel = session.channel().await?;
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    match channel.queue_declare(name, options, FieldTable::default()).await {
        Ok(queue) => Ok(Some(queue.message_count())),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(declaration(&format!("queue `{queue}`"), error)),
    }
}

/// Checks that an exchange exists.
pub(super) async fn require_exchange(session: &Session, name: &ShortString) -> Result<()> {
    let channel = session.channel().await?;
    let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
    let declaring =
        channel.exchange_declare(name.clone(), ExchangeKind::Direct, options, FieldTable::default()).await;
    declaring.map_err(|error| missing(&format!("exchange `{name}`"), error))
}
