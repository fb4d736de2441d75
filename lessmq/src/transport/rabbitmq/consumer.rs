//! Consuming: a subscription that is restored on every new connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep, timeout_at};

use super::Core;
use super::calls::ReplyTo;
use super::failure::{self, broken, missing, short};
use super::link::Link;
use super::properties::{self, Incoming};
use super::publisher::{PATIENCE, Prepare, unanswered};
use super::session::Session;
use super::settle::{Held, Hold, Lane, Manner, Origin, Settle};
use super::topology::{self, Queue};
use super::turn::Turn;
use crate::envelope::{Envelope, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Address, ConsumeOptions, Delivery, Group, Responder, Source};

/// Between two attempts to subscribe on a connection that works: at first, and when that goes on for long.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One consumer, over any number of connections.
pub(super) struct Subscription {
    core: Arc<Core>,
    link: Arc<Link>,
    source: Source,
    options: ConsumeOptions,
    active: Option<Active>,
    /// Deliveries that come back within this process.
    local: mpsc::UnboundedReceiver<Held>,
    local_sender: mpsc::UnboundedSender<Held>,
    /// As many as may be out or wait here.
    places: Arc<Semaphore>,
    /// How long to wait before the next attempt to subscribe.
    pause: Duration,
    /// Whether the log has it that there is no consumer.
    told: bool,
    /// Whether it has not consumed yet.
    is_new: bool,
    ended: bool,
}

/// A consumer on one channel.
struct Active {
    /// `None` until it is this consumer's turn.
    consumer: Option<lapin::Consumer>,
    /// Of ordered commands, the consumer of the token that says whose turn it is.
    turn: Option<Turn>,
    lane: Arc<Lane>,
    origin: Arc<Origin>,
    since: Instant,
}

impl Subscription {
    /// Subscribes, waiting a while for a broker that is away.
    pub(super) async fn open(core: Arc<Core>, source: &Source, options: ConsumeOptions) -> Result<Self> {
        let give_up = Instant::now() + PATIENCE;
        let link = core.link_for(source, give_up).await?;
        let (local_sender, local) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(options.prefetch.max(1).into()));
        let (source, active, pause, told, ended) = (source.clone(), None, PAUSE, false, false);
        let mut subscription = Self {
            core,
            link,
            source,
            options,
            active,
            local,
            local_sender,
            places,
            pause,
            told,
            is_new: true,
            ended,
        };
        loop {
            let session = subscription.link.session(give_up).await?;
            let subscribing = timeout_at(give_up, subscription.subscribe(&session)).await;
            match subscribing.unwrap_or_else(|_| Err(unanswered())) {
                Ok(active) => {
                    subscription.is_new = false;
                    break subscription.active = Some(active);
                }
                Err(error) if error.kind() != ErrorKind::Connection || Instant::now() > give_up => {
                    return Err(error);
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
        Ok(subscription)
    }

    /// The next delivery; `None` after the transport was closed, or after an error.
    pub(super) async fn next(&mut self) -> Option<Result<Delivery>> {
        while !self.ended {
            if self.active.is_none()
                && let Err(error) = self.subscribe_again().await
            {
                self.ended = true;
                return (error.kind() != ErrorKind::Closed).then_some(Err(error));
            }
            let Some(active) = &mut self.active else { continue };
            if let Err(error) = active.wait_for_turn(self.options).await {
                self.lose(&format!("{error:#}"));
                continue;
            }
            let Some(consumer) = &mut active.consumer else { continue };
            let (next, place) = match (active.origin.manner, &mut active.turn) {
                (Manner::Local, _) => tokio::select! {
                    next = next_with_place(consumer, &self.places) => next,
                    Some(held) = self.local.recv() => return Some(Ok(deliver(held))),
                },
                (_, Some(turn)) => tokio::select! {
                    next = consumer.next() => (next, None),
                    () = turn.keep(&active.lane.channel) => (None, None),
                },
                _ => (consumer.next().await, None),
            };
            match next {
                Some(Ok(delivery)) if active.is_open() => {
                    if let Some(delivery) = active.deliver(delivery, place) {
                        return Some(Ok(delivery));
                    }
                }
                // What is left over from a broken connection comes again on the next one.
                Some(Ok(_)) => {}
                // The connection or the channel broke, or the queue was deleted.
                Some(Err(error)) => self.lose(&failure::reason(&error)),
                None => self.lose("the broker cancelled it"),
            }
        }
        None
    }

    /// Gives up the consumer. What a broken connection took along is told of where connections are made.
    fn lose(&mut self, why: &str) {
        let Some(lost) = self.active.take() else { return };
        if lost.since.elapsed() > LONGEST_PAUSE {
            self.pause = PAUSE;
        }
        if self.link.current().is_some() && !lost.lane.given_back.load(Ordering::Relaxed) {
            self.tell(why);
        }
    }

    /// Says once that there is no consumer.
    fn tell(&mut self, why: &str) {
        if !self.told {
            let queue = self.core.names.queue(&self.source);
            tracing::warn!(queue, reason = why, "a consumer ended; starting it again");
            self.told = true;
        }
    }

    async fn subscribe_again(&mut self) -> Result<()> {
        loop {
            // On a connection that works, whatever ended the last consumer may end the next one as fast.
            if self.link.current().is_some() {
                sleep(self.pause).await;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            }
            let session = self.link.next_session().await?;
            match self.subscribe(&session).await {
                Ok(active) => break self.active = Some(active),
                Err(error) if error.kind() != ErrorKind::Connection => return Err(error),
                Err(error) if session.is_alive() => self.tell(&format!("{error:#}")),
                Err(_) => {}
            }
        }
        if std::mem::take(&mut self.told) {
            let queue = self.core.names.queue(&self.source);
            tracing::info!(queue, "the consumer is back");
        }
        Ok(())
    }

    async fn subscribe(&self, session: &Session) -> Result<Active> {
        let queue = self.prepare(session).await?;
        let channel = session.channel().await?;
        let (consumer, turn) = if self.takes_turns() {
            (None, Some(self.queue_up(&channel, &queue).await?))
        } else {
            (Some(consume(&channel, &queue, self.options.prefetch).await?), None)
        };
        let dead = self.core.names.dead_letters(&self.source);
        let provider = match &self.source {
            Source::Calls { service } => service.clone(),
            _ => Text::default(),
        };
        let origin = Origin { core: Arc::clone(&self.core), queue, dead, manner: self.manner(), provider };
        let lane = Lane {
            channel,
            local: self.local_sender.clone(),
            kept: Mutex::default(),
            given_back: AtomicBool::default(),
        };
        Ok(Active { consumer, turn, lane: Arc::new(lane), origin: Arc::new(origin), since: Instant::now() })
    }

    /// Whether order is kept by a token and not by the queue.
    fn takes_turns(&self) -> bool {
        self.options.ordered && matches!(self.source, Source::Commands { .. })
    }

    /// Waits for the token among the ordered consumers of `queue`, and sees to it that there is one: of several, the
    /// queue keeps one beside that which is out, and all go to the same consumer until its channel closes.
    async fn queue_up(&self, channel: &Channel, queue: &str) -> Result<Turn> {
        let turn = Queue::Turn { name: self.core.names.turn(queue) };
        let consumer = consume(channel, turn.name(), 1).await?;
        let to = Address::Existing { exchange: "".into(), routing_key: turn.name().into() };
        let token = BasicProperties::default;
        self.core.publisher.publish(&to, Prepare::Queue(&turn), token, &[]).await?;
        Ok(Turn::new(consumer))
    }

    /// Refuses to consume commands in order beside somebody who does not, and the other way round, as far as that
    /// can be seen when a consumer starts.
    async fn check_company(&self, session: &Session, queue: &str) -> Result<()> {
        let turn = self.core.names.turn(queue);
        // Consumers that go may be counted for a moment at the one queue and not at the other.
        for _ in 0..10 {
            let waiting = topology::consumers(session, &turn).await?;
            let mixed = match self.takes_turns() {
                true => waiting == 0 && topology::consumers(session, queue).await? > 0,
                false => waiting > 0,
            };
            if !mixed {
                return Ok(());
            }
            sleep(PAUSE).await;
        }
        let context = format!("queue `{queue}` has consumers that are ordered and others that are not");
        Err(Error::new(ErrorKind::Topology, context).with_hint(failure::MIXED))
    }

    fn manner(&self) -> Manner {
        match &self.source {
            Source::Events { group: Group::Broadcast, .. } => Manner::Local,
            Source::Calls { .. } => Manner::Once,
            _ if self.options.ordered => Manner::InOrder,
            Source::Commands { .. } | Source::Events { .. } | Source::Existing { bind: Some(_), .. } => {
                Manner::Republish
            }
            Source::Existing { .. } | Source::DeadLetters(_) => Manner::Requeue,
        }
    }

    /// Sees to it that the queue is there, and says which one it is.
    async fn prepare(&self, session: &Session) -> Result<String> {
        let names = &self.core.names;
        let name = names.queue(&self.source);
        short("queue", &name)?;
        let ordered = self.options.ordered;
        let work = |name: &str| Queue::Work { name: name.to_owned(), dead: names.dead(name), ordered };
        match &self.source {
            Source::Calls { .. } => Queue::Calls { name: name.clone() }.declare(session).await?,
            Source::Commands { .. } => {
                Queue::Work { ordered: false, name: name.clone(), dead: names.dead(&name) }
                    .declare(session)
                    .await?;
                if self.is_new {
                    self.check_company(session, &name).await?;
                }
                if ordered {
                    Queue::Turn { name: names.turn(&name) }.declare(session).await?;
                }
            }
            Source::DeadLetters(_) => Queue::Dead { name: name.clone() }.declare(session).await?,
            Source::Events { service, events, group } => {
                let exchange = names.events();
                topology::declare_events(session, &exchange).await?;
                let queue = match group {
                    Group::Named(_) => work(&name),
                    Group::Broadcast => {
                        Queue::Broadcast { name: names.unique(&format!("{service}.broadcast")) }
                    }
                };
                queue.declare(session).await?;
                for event in events {
                    let key = format!("{service}.{event}");
                    short("routing key", &key)?;
                    topology::bind(session, queue.name(), &exchange, &key).await?;
                }
                return Ok(queue.name().to_owned());
            }
            Source::Existing { bind: None, .. } => {
                topology::require_queue(session, &name).await?;
                // Should that be refused, it is better refused now than when the first message fails.
                Queue::Dead { name: names.dead_letters(&self.source) }.declare(session).await?;
            }
            Source::Existing { bind: Some((exchange, routing_key)), .. } => {
                short("exchange", exchange)?;
                short("routing key", routing_key)?;
                topology::require_exchange(session, exchange).await?;
                work(&name).declare(session).await?;
                topology::bind(session, &name, exchange, routing_key).await?;
            }
        }
        Ok(name)
    }
}

impl Active {
    /// Starts to consume when it is this consumer's turn.
    async fn wait_for_turn(&mut self, options: ConsumeOptions) -> Result<()> {
        let (None, Some(turn)) = (&self.consumer, &mut self.turn) else { return Ok(()) };
        turn.take().await?;
        self.consumer = Some(consume(&self.lane.channel, &self.origin.queue, options.prefetch).await?);
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.lane.channel.status().connected()
    }

    /// Makes a message ready for its handler, unless it is a call that may have been handled.
    fn deliver(
        &self,
        delivery: lapin::message::Delivery,
        place: Option<Arc<OwnedSemaphorePermit>>,
    ) -> Option<Delivery> {
        let redelivered = delivery.redelivered;
        let held = Held { place, ..hold(&self.lane, &self.origin, delivery) };
        if redelivered && self.origin.manner == Manner::Once {
            drop_call(held);
            return None;
        }
        Some(deliver(held))
    }
}

impl Drop for Active {
    /// Stops the deliveries. What was handed out can still be settled; what was not goes back.
    fn drop(&mut self) {
        let (consumer, turn) = (self.consumer.take(), self.turn.take());
        if !self.is_open() {
            return;
        }
        if self.origin.manner == Manner::InOrder {
            let mut kept = self.lane.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(consumer.into_iter().chain(turn.map(Turn::into_consumer)));
        } else if let (Some(consumer), Ok(runtime)) = (consumer, tokio::runtime::Handle::try_current()) {
            let giving_back = give_back(consumer, Arc::clone(&self.lane), Arc::clone(&self.origin));
            // Closing waits for what is given back by publishing it.
            runtime.spawn(self.origin.core.publisher.track(giving_back));
        }
    }
}

/// The next message, when there is a place for it.
async fn next_with_place(
    consumer: &mut lapin::Consumer,
    places: &Arc<Semaphore>,
) -> (Option<lapin::Result<lapin::message::Delivery>>, Option<Arc<OwnedSemaphorePermit>>) {
    // Nobody closes the semaphore.
    let place = Arc::clone(places).acquire_owned().await.ok().map(Arc::new);
    (consumer.next().await, place)
}

/// Cancels a consumer, and gives back what was delivered to it and not handed out.
async fn give_back(mut consumer: lapin::Consumer, lane: Arc<Lane>, origin: Arc<Origin>) {
    if lane.channel.basic_cancel(consumer.tag(), BasicCancelOptions::default()).await.is_err() {
        return;
    }
    while let Some(Ok(delivery)) = consumer.next().await {
        let redelivered = delivery.redelivered;
        let held = hold(&lane, &origin, delivery);
        let moved = match origin.manner {
            Manner::Republish => held.publish_again().await.is_ok(),
            Manner::Once if redelivered => {
                drop_call(held);
                continue;
            }
            Manner::Once => held.call_again().await.is_ok(),
            _ => false,
        };
        if moved {
            // Should this fail the broker delivers it again, which may always happen.
            let _ = held.acknowledge();
        } else {
            held.hand_back();
        }
    }
}

/// A call that was out when a connection broke or a process died: whether it was handled is not known, and it is
/// handled at most once.
fn drop_call(held: Held) {
    let id = held.properties.message_id().as_ref().map(ToString::to_string);
    tracing::debug!(id, queue = held.origin.queue, "dropped a call that may have been handled already");
    // If this fails, it comes again and is dropped then.
    let _ = held.acknowledge();
}

fn hold(lane: &Arc<Lane>, origin: &Arc<Origin>, delivery: lapin::message::Delivery) -> Held {
    Held {
        origin: Arc::clone(origin),
        hold: Hold::Broker { lane: Arc::clone(lane), tag: delivery.delivery_tag },
        properties: delivery.properties,
        data: Bytes::from(delivery.data),
        attempt: 0,
        received_at: Instant::now(),
        place: None,
        given_id: None,
    }
}

/// Reads a message for its handler. An attempt that is counted already (above 0) is the one that counts.
fn deliver(mut held: Held) -> Delivery {
    let Incoming { mut envelope, nameless, attempt, published_at, dead_letter } =
        properties::read(&held.properties, held.data.clone());
    if held.attempt == 0 {
        held.attempt = attempt;
    }
    if nameless {
        match &held.given_id {
            Some(id) => envelope.id = id.clone(),
            None => held.given_id = Some(envelope.id.clone()),
        }
    }
    let envelope = Arc::new(envelope);
    let responder = reply_to(&held, &envelope);
    let is_dead = held.origin.queue == held.origin.dead;
    Delivery {
        attempt: held.attempt,
        published_at,
        dead_letter: dead_letter.filter(|_| is_dead),
        received_at: held.received_at,
        responder,
        ..Delivery::new(envelope, Box::new(Settle::new(held)))
    }
}

/// The way back to a caller. Only calls have one: whatever has a responder is acknowledged before it is handled, and
/// a command or an event that names a reply queue for reasons of its own must not be lost when its handler fails.
fn reply_to(held: &Held, call: &Arc<Envelope>) -> Option<Arc<dyn Responder>> {
    if held.origin.manner != Manner::Once {
        return None;
    }
    let queue = held.properties.reply_to().clone().filter(|queue| !queue.as_str().is_empty())?;
    Some(Arc::new(ReplyTo {
        core: Arc::clone(&held.origin.core),
        queue,
        correlation_id: held.properties.correlation_id().clone(),
        call: Arc::clone(call),
        provider: held.origin.provider.clone(),
    }))
}

async fn consume(channel: &Channel, queue: &str, prefetch: u16) -> Result<lapin::Consumer> {
    let qos = channel.basic_qos(prefetch.max(1), BasicQosOptions::default()).await;
    qos.map_err(|error| broken("the prefetch could not be set", error))?;
    let options = BasicConsumeOptions::default();
    let consuming = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default());
    consuming.await.map_err(|error| missing(&format!("queue `{queue}`"), error))
}
