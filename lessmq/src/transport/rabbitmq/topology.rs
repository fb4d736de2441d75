//! The queues and exchanges that we declare, and what we check about those that we do not.
//!
//! Each declaration has a channel of its own, for a refused one takes its channel with it. All are idempotent, so
//! that processes which start at once do not meet.
//!
//! | queue | type | arguments |
//! | --- | --- | --- |
//! | `{ns}.{service}.calls` | classic | `x-expires` 5 min |
//! | `{ns}.{service}.commands`, `{ns}.{service}.events.{group}` | quorum | dead letters to `….dead`, at least once; `x-delivery-limit` 1000; ordered groups `x-single-active-consumer` |
//! | `{ns}.{service}.commands.turn` | quorum | `x-single-active-consumer`, `x-max-length` 1, `x-expires` 5 min |
//! | `….retry.{delay}` | quorum | `x-message-ttl`; dead letters back to the queue, at least once |
//! | `….dead` | quorum | no limits |
//! | `{ns}.{service}.broadcast.{id}` | classic, exclusive, auto-delete | |
//!
//! Dead-lettering *at least once* ([quorum queues](https://www.rabbitmq.com/docs/quorum-queues#dead-lettering),
//! since 3.10) keeps a message in its queue until the target has confirmed it; it asks for `reject-publish`.

use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use super::failure::{declaration, is_missing, missing};
use super::session::Session;
use crate::error::Result;

/// How long a calls queue outlives its last provider.
const CALLS_EXPIRE: Duration = Duration::from_secs(5 * 60);
/// How often a message may come back unsettled before the broker takes it for deadly and moves it to the dead
/// letters. Far above the attempts of any retry policy, which counts these, too; RabbitMQ 4 would say 20.
const DELIVERY_LIMIT: i64 = 1000;

/// A queue of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Queue {
    Calls {
        name: String,
    },
    /// Commands, a consumer group, or a queue of our own on an exchange that is not ours.
    Work {
        name: String,
        dead: String,
        ordered: bool,
    },
    Dead {
        name: String,
    },
    Retry {
        name: String,
        target: String,
        delay: Duration,
    },
    Broadcast {
        name: String,
    },
    /// One token: who has it consumes another queue in order, alone. Commands are stored before anybody knows that
    /// they will be consumed in order, and a queue cannot be told later.
    Turn {
        name: String,
    },
}

impl Queue {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Calls { name }
            | Self::Work { name, .. }
            | Self::Dead { name }
            | Self::Retry { name, .. }
            | Self::Broadcast { name }
            | Self::Turn { name } => name,
        }
    }

    fn arguments(&self) -> FieldTable {
        let mut table = FieldTable::default();
        let mut set = |name: &str, value: AMQPValue| {
            table.insert(name.into(), value);
        };
        let text = |value: &str| AMQPValue::LongString(value.into());
        let millis =
            |value: Duration| AMQPValue::LongLongInt(value.as_millis().try_into().unwrap_or(i64::MAX));
        if !matches!(self, Self::Calls { .. } | Self::Broadcast { .. }) {
            set("x-queue-type", text("quorum"));
        }
        match self {
            Self::Calls { .. } => set("x-expires", millis(CALLS_EXPIRE)),
            Self::Work { ordered, .. } => {
                set("x-delivery-limit", AMQPValue::LongLongInt(DELIVERY_LIMIT));
                if *ordered {
                    set("x-single-active-consumer", AMQPValue::Boolean(true));
                }
            }
            // Nothing may fall out of here: there is nowhere to fall to.
            Self::Dead { .. } => set("x-delivery-limit", AMQPValue::LongLongInt(i32::MAX.into())),
            Self::Retry { delay, .. } => set("x-message-ttl", millis(*delay)),
            Self::Broadcast { .. } => {}
            Self::Turn { .. } => {
                set("x-delivery-limit", AMQPValue::LongLongInt(i32::MAX.into()));
                set("x-single-active-consumer", AMQPValue::Boolean(true));
                set("x-max-length", AMQPValue::LongLongInt(1));
                set("x-expires", millis(CALLS_EXPIRE));
            }
        }
        if let Self::Work { dead: next, .. } | Self::Retry { target: next, .. } = self {
            set("x-dead-letter-exchange", text(""));
            set("x-dead-letter-routing-key", text(next));
            set("x-dead-letter-strategy", text("at-least-once"));
            set("x-overflow", text("reject-publish"));
        }
        table
    }

    /// Declares the queue, and before it the queue that its dead letters go to.
    pub(super) async fn declare(&self, session: &Session) -> Result<()> {
        if let Self::Work { dead, .. } = self {
            let dead = Self::Dead { name: dead.clone() };
            Box::pin(dead.declare(session)).await?;
        }
        let fleeting = matches!(self, Self::Broadcast { .. });
        let options = QueueDeclareOptions {
            durable: !fleeting,
            exclusive: fleeting,
            auto_delete: fleeting,
            ..QueueDeclareOptions::default()
        };
        let channel = session.channel().await?;
        let declaring = channel.queue_declare(self.name().into(), options, self.arguments()).await;
        declaring.map(drop).map_err(|error| declaration(&format!("queue `{}`", self.name()), error))
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

/// Binds a queue of ours.
pub(super) async fn bind(session: &Session, queue: &str, exchange: &str, routing_key: &str) -> Result<()> {
    let channel = session.channel().await?;
    let binding = channel.queue_bind(
        queue.into(),
        exchange.into(),
        routing_key.into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    binding
        .await
        .map_err(|error| missing(&format!("exchange `{exchange}`, or queue `{queue}` to bind to it,"), error))
}

/// Whether there is a queue of this name. A calls queue that is asked for lives on.
pub(super) async fn queue_exists(session: &Session, name: &str) -> Result<bool> {
    let channel = session.channel().await?;
    match passive(&channel, name).await {
        Ok(_) => Ok(true),
        Err(error) if is_missing(&error) => Ok(false),
        Err(error) => Err(declaration(&format!("queue `{name}`"), error)),
    }
}

/// How many consumers a queue has; none where there is no queue.
pub(super) async fn consumers(session: &Session, name: &str) -> Result<u32> {
    let channel = session.channel().await?;
    match passive(&channel, name).await {
        Ok(queue) => Ok(queue.consumer_count()),
        Err(error) if is_missing(&error) => Ok(0),
        Err(error) => Err(declaration(&format!("queue `{name}`"), error)),
    }
}

/// Checks that there is a queue of this name.
pub(super) async fn require_queue(session: &Session, name: &str) -> Result<()> {
    let channel = session.channel().await?;
    passive(&channel, name).await.map(drop).map_err(|error| missing(&format!("queue `{name}`"), error))
}

/// Checks that there is an exchange of this name.
pub(super) async fn require_exchange(session: &Session, name: &str) -> Result<()> {
    let channel = session.channel().await?;
    let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
    let declaring =
        channel.exchange_declare(name.into(), ExchangeKind::Direct, options, FieldTable::default()).await;
    declaring.map_err(|error| missing(&format!("exchange `{name}`"), error))
}

async fn passive(channel: &Channel, queue: &str) -> lapin::Result<lapin::Queue> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), options, FieldTable::default()).await
}
