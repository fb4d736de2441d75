//! Publishing with confirms.
//!
//! Any number of publishes are under way at once; each waits for its own confirm and for nothing else. What a
//! broken connection leaves unanswered is sent again on the next, so that a message may arrive twice and is never
//! lost.
//!
//! What must not vanish for want of a queue is published `mandatory`: the broker then sends an unroutable message
//! back before it confirms it. lapin gives a returned message to whichever confirm comes next on the channel, so
//! every mandatory destination has a channel of its own, where it makes no difference whose message came back: it
//! is the returned one that is published again, by a task of its own, for whoever holds it may leave.
//!
//! What remains: its sender may have its confirm already, so that it is stored a moment after it was said to be, and
//! is lost if this process dies in that moment, if the queue cannot be made again, which is an error in the log, or if
//! the other publisher leaves before it learns what it holds, for lapin then keeps that to itself. All that takes a
//! queue that is deleted while it is published to.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lapin::types::ShortString;
use lapin::{BasicProperties, Confirmation};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::task::TaskTracker;

use super::failure::{broken, short};
use super::link::Link;
use super::names::Names;
use super::session::{ConfirmChannel, Outgoing, Session};
use super::topology::{self, Queue};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Address;

/// How long one publish waits for a broker that is away or does not answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);
/// How long a deleted queue is left alone before it is declared again: RabbitMQ 3.10 does not tell the consumers of
/// a queue whose successor comes at once, and they would wait for ever.
const DELETION: Duration = Duration::from_millis(500);
/// How many destinations one connection remembers: each may hold a channel, of which a broker allows 2047.
const MAX_DESTINATIONS: usize = 500;

/// Where messages go, ready to be used on one session.
pub(super) struct Destination {
    exchange: ShortString,
    routing_key: ShortString,
    kind: Kind,
    channel: Arc<ConfirmChannel>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Whoever wants it.
    Event,
    /// A queue of ours, which is declared again should it have vanished.
    Own,
    /// An exchange that is not ours.
    Foreign,
}

/// What a publisher makes sure of before it publishes somewhere for the first time on a session.
pub(super) enum Prepare<'a> {
    /// The address says it all.
    ByAddress,
    /// This queue of ours exists; the address is its name on the default exchange.
    Queue(&'a Queue),
}

/// The way of one attempt to an end.
enum Outcome {
    Stored,
    /// Try again after a moment.
    Retry(Error),
}

/// Publishes with confirms over one link.
#[derive(Clone)]
pub(super) struct Publisher {
    link: Arc<Link>,
    names: Arc<Names>,
    under_way: TaskTracker,
}

impl Publisher {
    pub(super) fn new(link: Arc<Link>, names: Arc<Names>) -> Self {
        Self { link, names, under_way: TaskTracker::new() }
    }

    /// Waits until no publish is under way.
    pub(super) async fn drained(&self) {
        self.under_way.close();
        self.under_way.wait().await;
    }

    /// `work` as a part of what [`drained`](Self::drained) waits for.
    pub(super) fn track<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        self.under_way.track_future(work)
    }

    /// Publishes and returns when the broker has stored the message.
    ///
    /// # Errors
    /// `Connection` when that did not happen within [`PATIENCE`], `Topology`, `Closed`.
    pub(super) async fn publish(
        &self,
        to: &Address,
        prepare: Prepare<'_>,
        properties: impl Fn() -> BasicProperties,
        data: &[u8],
    ) -> Result<()> {
        let _under_way = self.under_way.token();
        let give_up = Instant::now() + PATIENCE;
        loop {
            let session = self.link.session(give_up).await?;
            let attempt = self.attempt(&session, to, &prepare, &properties, data);
            let error = match timeout_at(give_up, attempt).await {
                Ok(Ok(Outcome::Stored)) => return Ok(()),
                Ok(Ok(Outcome::Retry(error))) => error,
                Ok(Err(error)) if error.kind() != ErrorKind::Connection => return Err(error),
                Ok(Err(error)) => error,
                Err(_) => return Err(unanswered()),
            };
            if Instant::now() + PAUSE >= give_up {
                return Err(error);
            }
            if session.is_alive() {
                sleep(PAUSE).await;
            }
        }
    }

    async fn attempt(
        &self,
        session: &Session,
        to: &Address,
        prepare: &Prepare<'_>,
        properties: &impl Fn() -> BasicProperties,
        data: &[u8],
    ) -> Result<Outcome> {
        let destination = match session.known(to) {
            Some(destination) => destination,
            None => self.prepare(session, to, prepare).await?,
        };
        let message = destination.message(properties(), data);
        match destination.channel.publish(message).await {
            Ok(Confirmation::Ack(None)) => Ok(Outcome::Stored),
            Ok(Confirmation::Ack(Some(returned))) => {
                session.forget(to);
                if destination.kind != Kind::Own {
                    return Err(unroutable(&destination));
                }
                let queue = destination.routing_key.as_str();
                tracing::warn!(
                    queue,
                    "a message came back, for its queue was deleted; making the queue again"
                );
                let queue = match prepare {
                    Prepare::ByAddress => None,
                    Prepare::Queue(queue) => Some((*queue).clone()),
                };
                let again = self.clone().publish_returned(to.clone(), queue, returned.delivery);
                match tokio::spawn(self.track(again)).await {
                    Ok(stored) => stored.map(|()| Outcome::Stored),
                    Err(_) => Err(unroutable(&destination)),
                }
            }
            Ok(_) => Ok(Outcome::Retry(refused(&destination))),
            Err(error) => {
                session.forget(to);
                Ok(Outcome::Retry(broken(
                    "the connection broke before the broker confirmed a message",
                    error,
                )))
            }
        }
    }

    /// Publishes a message that came back from a queue of ours, and declares the queue again before that.
    fn publish_returned(
        self,
        to: Address,
        queue: Option<Queue>,
        returned: lapin::message::Delivery,
    ) -> BoxFuture<'static, Result<()>> {
        async move {
            sleep(DELETION).await;
            let prepare = queue.as_ref().map_or(Prepare::ByAddress, Prepare::Queue);
            let properties = || returned.properties.clone();
            let stored = self.publish(&to, prepare, properties, &returned.data).await;
            if let Err(error) = &stored {
                let id = returned.properties.message_id().as_ref().map(ToString::to_string);
                tracing::error!(id, error = %format!("{error:#}"), "a message came back from a deleted queue and was not stored");
            }
            stored
        }
        .boxed()
    }

    /// Makes a destination ready and remembers it.
    async fn prepare(
        &self,
        session: &Session,
        to: &Address,
        prepare: &Prepare<'_>,
    ) -> Result<Arc<Destination>> {
        let (kind, exchange, routing_key) = match to {
            Address::Calls { service } => (Kind::Own, String::new(), self.names.calls(service)),
            Address::Commands { service } => (Kind::Own, String::new(), self.names.commands(service)),
            Address::Event { service, event } => {
                (Kind::Event, self.names.events(), format!("{service}.{event}"))
            }
            Address::Existing { exchange, routing_key } => {
                (Kind::Foreign, exchange.to_string(), routing_key.to_string())
            }
        };
        let kind = if matches!(prepare, Prepare::Queue(_)) { Kind::Own } else { kind };
        let (exchange, routing_key) = (short("exchange", &exchange)?, short("routing key", &routing_key)?);
        match (prepare, to) {
            (Prepare::Queue(queue), _) => queue.declare(session).await?,
            (_, Address::Commands { .. }) => {
                let name = routing_key.to_string();
                let work = Queue::Work { dead: self.names.dead(&name), name, ordered: false };
                work.declare(session).await?;
            }
            (_, Address::Calls { .. }) => {
                Queue::Calls { name: routing_key.to_string() }.declare(session).await?;
            }
            (_, Address::Event { .. }) => topology::declare_events(session, exchange.as_str()).await?,
            (_, Address::Existing { .. }) if !exchange.as_str().is_empty() => {
                topology::require_exchange(session, exchange.as_str()).await?;
            }
            (_, Address::Existing { .. }) => {}
        }
        let channel = match kind {
            Kind::Event => session.shared_channel().await?,
            Kind::Own | Kind::Foreign => Arc::new(session.confirm_channel().await?),
        };
        let destination = Arc::new(Destination { exchange, routing_key, kind, channel });
        Ok(session.remember(to, destination))
    }
}

impl Destination {
    fn message<'a>(&self, properties: BasicProperties, data: &'a [u8]) -> Outgoing<'a> {
        Outgoing {
            exchange: self.exchange.clone(),
            routing_key: self.routing_key.clone(),
            mandatory: self.kind != Kind::Event,
            properties,
            data,
        }
    }
}

impl Session {
    fn known(&self, to: &Address) -> Option<Arc<Destination>> {
        let destinations = self.destinations.read().unwrap_or_else(PoisonError::into_inner);
        destinations.get(to).filter(|destination| destination.channel.is_alive()).cloned()
    }

    fn forget(&self, to: &Address) {
        self.destinations.write().unwrap_or_else(PoisonError::into_inner).remove(to);
    }

    /// Several publishers may have prepared the same destination at once: the first one is kept.
    fn remember(&self, to: &Address, destination: Arc<Destination>) -> Arc<Destination> {
        remember(&self.destinations, to, destination, |known| known.channel.is_alive())
    }
}

/// Keeps `new` unless there is one already that is `good`. A map that has grown too large starts afresh.
pub(super) fn remember<T>(
    map: &RwLock<HashMap<Address, Arc<T>>>,
    to: &Address,
    new: Arc<T>,
    good: impl Fn(&T) -> bool,
) -> Arc<T> {
    let mut map = map.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = map.get(to).filter(|known| good(known)) {
        return Arc::clone(known);
    }
    if map.len() >= MAX_DESTINATIONS {
        map.clear();
    }
    map.insert(to.clone(), Arc::clone(&new));
    new
}

fn unroutable(destination: &Destination) -> Error {
    let Destination { exchange, routing_key, .. } = destination;
    let error = if exchange.as_str().is_empty() {
        Error::new(ErrorKind::Topology, format!("there is no queue `{routing_key}`"))
    } else {
        let context = format!("exchange `{exchange}` has no queue for the routing key `{routing_key}`");
        Error::new(ErrorKind::Topology, context)
    };
    error.with_hint("create the queue and its binding first: the message would have been dropped")
}

fn refused(destination: &Destination) -> Error {
    let context = format!("the broker refused a message for `{}`", destination.routing_key);
    Error::new(ErrorKind::Connection, context)
        .with_hint("a queue on the way is full, or has no majority of its cluster's nodes")
}

pub(super) fn unanswered() -> Error {
    let context = format!("the broker did not answer within {} s", PATIENCE.as_secs());
    Error::new(ErrorKind::Connection, context).with_hint(
        "it may be short of memory or disk, or a queue may have no leader: see its log; a message may have been stored",
    )
}
