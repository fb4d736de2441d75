//! Calls and their replies.
//!
//! Neither is confirmed or stored: a call lives until its deadline, and whoever sent it learns of its loss by then.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::time::{Instant, timeout_at};

use super::failure::{broken, closed, declaration, short};
use super::publisher::remember;
use super::session::{Outgoing, Session, publish_unconfirmed};
use super::{Core, properties, topology};
use crate::envelope::{Envelope, Reply, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Address, Responder, Settling};

/// For how long a reply proves that the provider's queue is there: less than the queue outlives its last provider.
const PROOF: Duration = Duration::from_secs(4 * 60);

/// Where calls go, on one session.
pub(super) struct Route {
    exchange: ShortString,
    routing_key: ShortString,
    /// When the queue was last known to be there, if that matters.
    seen: Mutex<Option<Instant>>,
    looking: AsyncMutex<()>,
}

/// The replies to the calls of one session: one exclusive queue, which the broker deletes with the connection.
pub(super) struct Replies {
    queue: ShortString,
    waiting: Arc<Waiting>,
}

struct Waiting {
    last: AtomicU64,
    /// `None` when no more replies come.
    calls: Mutex<Option<HashMap<u64, oneshot::Sender<Delivery>>>>,
}

impl Core {
    /// Sends a call and waits for its reply.
    pub(super) async fn call(&self, to: &Address, message: &Envelope, deadline: Instant) -> Result<Reply> {
        loop {
            let session = self.link.session(deadline).await?;
            let calling = self.call_on(&session, to, message, deadline);
            match timeout_at(deadline, calling).await {
                Err(_) => return Err(too_late()),
                Ok(Ok(reply)) => return Ok(reply),
                // Once it was sent it is not sent again: calls are delivered at most once.
                Ok(Err(Failed { error, sent: false })) if error.kind() == ErrorKind::Connection => {
                    if session.is_alive() {
                        return Err(error);
                    }
                }
                Ok(Err(Failed { error, .. })) => return Err(error),
            }
        }
    }

    async fn call_on(
        &self,
        session: &Session,
        to: &Address,
        message: &Envelope,
        deadline: Instant,
    ) -> Result<Reply, Failed> {
        let unsent = |error| Failed { error, sent: false };
        let route = self.route(session, to).await.map_err(unsent)?;
        let replies = self.replies(session).await.map_err(unsent)?;
        let channel = session.unconfirmed_channel().await.map_err(unsent)?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left < Duration::from_millis(1) {
            return Err(unsent(too_late()));
        }
        let (ticket, reply) = replies.waiting.enter().ok_or_else(|| unsent(self.reply_lost()))?;
        let properties = properties::write(message, false)
            .with_reply_to(replies.queue.clone())
            .with_correlation_id(ticket.id.to_string().into())
            .with_expiration(expiration(left));
        let outgoing = Outgoing {
            exchange: route.exchange.clone(),
            routing_key: route.routing_key.clone(),
            mandatory: false,
            properties,
            data: &message.data,
        };
        publish_unconfirmed(session, &channel, outgoing).await.map_err(unsent)?;
        let reply = reply.await.map_err(|_| Failed { error: self.reply_lost(), sent: true })?;
        route.saw(Instant::now());
        Ok(properties::read_reply(&reply.properties, Bytes::from(reply.data)))
    }

    /// Where replies come in. Should the queue be deleted while the connection lives, the next call makes another.
    async fn replies(&self, session: &Session) -> Result<Arc<Replies>> {
        let mut replies = session.replies.lock().await;
        match &*replies {
            Some(open) if !open.waiting.is_over() => Ok(Arc::clone(open)),
            _ => Ok(Arc::clone(replies.insert(Arc::new(Replies::open(self, session).await?)))),
        }
    }

    fn reply_lost(&self) -> Error {
        if self.closing.is_cancelled() {
            return closed();
        }
        Error::new(
            ErrorKind::Connection,
            "the connection to the broker broke, or lost its reply queue, while a call waited for its reply",
        )
        .with_hint("whether the call was handled is not known")
    }

    /// Finds out where calls go, and that somebody has ever provided the service.
    async fn route(&self, session: &Session, to: &Address) -> Result<Arc<Route>> {
        let known = session.routes.read().unwrap_or_else(PoisonError::into_inner).get(to).cloned();
        let route = match known {
            Some(route) => route,
            None => remember(&session.routes, to, Arc::new(self.new_route(to)?), |_| true),
        };
        if route.is_seen() {
            return Ok(route);
        }
        // One caller looks, the others wait for what it finds.
        let _looking = route.looking.lock().await;
        if !route.is_seen() {
            if !topology::queue_exists(session, route.routing_key.as_str()).await? {
                return Err(unavailable(to));
            }
            route.saw(Instant::now());
        }
        drop(_looking);
        Ok(route)
    }

    fn new_route(&self, to: &Address) -> Result<Route> {
        let (exchange, routing_key) = match to {
            Address::Calls { service } => (String::new(), self.names.calls(service)),
            Address::Existing { exchange, routing_key } => (exchange.to_string(), routing_key.to_string()),
            Address::Commands { .. } | Address::Event { .. } => {
                return Err(Error::new(ErrorKind::Unsupported, "commands and events have no reply"));
            }
        };
        Ok(Route {
            exchange: short("exchange", &exchange)?,
            routing_key: short("routing key", &routing_key)?,
            seen: Mutex::default(),
            looking: AsyncMutex::default(),
        })
    }
}

/// Why a call has no reply, and whether it may have been handled.
struct Failed {
    error: Error,
    sent: bool,
}

impl Route {
    fn is_seen(&self) -> bool {
        // An exchange that is not ours may route to anything.
        !self.exchange.as_str().is_empty() || self.seen().is_some_and(|seen| seen.elapsed() < PROOF)
    }

    fn saw(&self, now: Instant) {
        *self.seen() = Some(now);
    }

    fn seen(&self) -> MutexGuard<'_, Option<Instant>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Replies {
    async fn open(core: &Core, session: &Session) -> Result<Self> {
        let queue: ShortString = core.names.unique("replies").into();
        let channel = session.channel().await?;
        let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
        let declaring = channel.queue_declare(queue.clone(), options, FieldTable::default()).await;
        declaring.map_err(|error| declaration(&format!("queue `{queue}`"), error))?;
        let options = BasicConsumeOptions { no_ack: true, exclusive: true, ..Default::default() };
        let consuming = channel.basic_consume(queue.clone(), "".into(), options, FieldTable::default()).await;
        let consumer = consuming.map_err(|error| broken("replies cannot be received", error))?;
        let waiting = Arc::new(Waiting::new());
        tokio::spawn(hand_out(consumer, Arc::clone(&waiting)));
        Ok(Self { queue, waiting })
    }
}

/// Hands replies to their callers until the connection or the queue ends.
async fn hand_out(mut replies: impl Stream<Item = lapin::Result<Delivery>> + Unpin, waiting: Arc<Waiting>) {
    while let Some(Ok(reply)) = replies.next().await {
        let id = reply.properties.correlation_id().as_ref().and_then(|id| id.as_str().parse().ok());
        if let Some(caller) = id.and_then(|id| waiting.leave(id)) {
            // A caller that has just left does not want it any more.
            let _ = caller.send(reply);
        }
    }
    // Those who wait get an error from this.
    *waiting.calls() = None;
}

impl Waiting {
    fn new() -> Self {
        Self { last: AtomicU64::default(), calls: Mutex::new(Some(HashMap::default())) }
    }

    /// `None` when no more replies come.
    fn enter(&self) -> Option<(Ticket<'_>, oneshot::Receiver<Delivery>)> {
        let (sender, receiver) = oneshot::channel();
        let id = self.last.fetch_add(1, Ordering::Relaxed);
        self.calls().as_mut()?.insert(id, sender);
        Some((Ticket { waiting: self, id }, receiver))
    }

    fn leave(&self, id: u64) -> Option<oneshot::Sender<Delivery>> {
        self.calls().as_mut()?.remove(&id)
    }

    fn is_over(&self) -> bool {
        self.calls().is_none()
    }

    fn calls(&self) -> MutexGuard<'_, Option<HashMap<u64, oneshot::Sender<Delivery>>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller's place among the waiting, which it gives up when it leaves.
struct Ticket<'a> {
    waiting: &'a Waiting,
    id: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.waiting.leave(self.id);
    }
}

/// The way back to a caller, on its reply queue.
pub(super) struct ReplyTo {
    pub(super) core: Arc<Core>,
    pub(super) queue: ShortString,
    pub(super) correlation_id: Option<ShortString>,
    pub(super) call: Arc<Envelope>,
    /// The service that answers.
    pub(super) provider: Text,
}

impl Responder for ReplyTo {
    fn reply(self: Arc<Self>, reply: Reply) -> Settling {
        Settling::until(self.send(reply))
    }
}

impl ReplyTo {
    async fn send(self: Arc<Self>, reply: Reply) -> Result<()> {
        super::check_payload(&reply.data)?;
        // The caller's own connection may have outlived ours, so any will do.
        let session = self.core.link.session(Instant::now() + REPLY_PATIENCE).await?;
        let channel = session.unconfirmed_channel().await?;
        let mut properties = properties::write_reply(&self.call, &self.provider, &reply);
        if let Some(id) = &self.correlation_id {
            properties = properties.with_correlation_id(id.clone());
        }
        let (exchange, routing_key) = (ShortString::default(), self.queue.clone());
        let outgoing = Outgoing { exchange, routing_key, mandatory: false, properties, data: &reply.data };
        publish_unconfirmed(&session, &channel, outgoing).await
    }
}

/// How long a reply waits for a connection. Calls are short.
const REPLY_PATIENCE: Duration = Duration::from_secs(5);

/// Milliseconds as the broker takes them. It closes the channel, which all calls share, for more than 32 bits of them,
/// which are seven weeks.
fn expiration(left: Duration) -> ShortString {
    u32::try_from(left.as_millis()).unwrap_or(u32::MAX).to_string().into()
}

fn too_late() -> Error {
    Error::new(ErrorKind::DeadlineExceeded, "no reply came before the deadline")
}

fn unavailable(to: &Address) -> Error {
    let context = match to {
        Address::Calls { service } => format!("nobody provides the service `{service}` on this bus"),
        Address::Existing { routing_key, .. } => format!("there is no queue `{routing_key}`"),
        _ => "nobody provides this".to_owned(),
    };
    Error::new(ErrorKind::Unavailable, context).with_hint(
        "start the service, and see that both sides use the same broker, virtual host and namespace",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "where a test meets an error, it has failed")]
mod tests {
    use futures_util::stream;
    use lapin::BasicProperties;

    use super::*;

    fn reply_to(id: u64) -> Delivery {
        let mut reply = Delivery::mock(1, "".into(), "".into(), false, b"reply".to_vec());
        reply.properties = BasicProperties::default().with_correlation_id(id.to_string().into());
        reply
    }

    #[tokio::test]
    async fn when_replies_end_those_who_wait_are_told_and_nobody_else_enters() {
        let waiting = Arc::new(Waiting::new());
        let (answered, reply) = waiting.enter().unwrap();
        let (_unanswered, no_reply) = waiting.enter().unwrap();
        assert!(!waiting.is_over());
        hand_out(stream::iter([Ok(reply_to(answered.id)), Ok(reply_to(99))]), Arc::clone(&waiting)).await;
        assert_eq!(reply.await.unwrap().data, b"reply");
        assert!(no_reply.await.is_err());
        assert!(waiting.is_over() && waiting.enter().is_none());
    }
}
