//! What becomes of a delivery.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep};

use super::Core;
use super::failure::broken;
use super::headers::Again;
use super::properties;
use super::publisher::Prepare;
use super::session::{Outgoing, publish_written};
use super::topology::Queue;
use crate::envelope::{MessageId, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Acknowledger, Address, DeadLetter, Settlement, Settling};

/// The delays that retries are rounded up to, with their queues' names: close enough for pauses that double.
///
/// A queue is made when it is first needed, and stays: one that expired (`x-expires`) would take along what a
/// publisher had put there a moment before.
const LEVELS: [(&str, Duration); 17] = [
    ("100ms", Duration::from_millis(100)),
    ("250ms", Duration::from_millis(250)),
    ("500ms", Duration::from_millis(500)),
    ("1s", Duration::from_secs(1)),
    ("2s", Duration::from_secs(2)),
    ("4s", Duration::from_secs(4)),
    ("8s", Duration::from_secs(8)),
    ("15s", Duration::from_secs(15)),
    ("30s", Duration::from_secs(30)),
    ("1min", Duration::from_secs(60)),
    ("2min", Duration::from_secs(2 * 60)),
    ("5min", Duration::from_secs(5 * 60)),
    ("15min", Duration::from_secs(15 * 60)),
    ("30min", Duration::from_secs(30 * 60)),
    ("1h", Duration::from_secs(60 * 60)),
    ("3h", Duration::from_secs(3 * 60 * 60)),
    ("6h", LONGEST_DELAY),
];

/// The level of a delay.
fn level(after: Duration) -> (&'static str, Duration) {
    LEVELS.into_iter().find(|(_, delay)| *delay >= after).unwrap_or(LEVELS[LEVELS.len() - 1])
}

/// The longest level; longer delays are cut to it.
pub(super) const LONGEST_DELAY: Duration = Duration::from_secs(6 * 60 * 60);

/// How long a message that could not be settled is kept here before it is given back.
const AFTER_REFUSAL: Duration = Duration::from_secs(1);

/// Where deliveries come from and go back to.
pub(super) struct Origin {
    pub(super) core: Arc<Core>,
    pub(super) queue: String,
    pub(super) dead: String,
    pub(super) manner: Manner,
    /// The service that answers, where they are calls.
    pub(super) provider: Text,
}

/// How deliveries are given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// By publishing them again, for what the broker marks as redelivered may have been handled: it was out when a
    /// connection broke or a process died, and is not handed out again. What a handler dropped was delivered once,
    /// and that is it.
    Once,
    /// By the broker.
    Requeue,
    /// By the broker, together with all that came after them.
    InOrder,
    /// By publishing them again, since quorum queues count what is requeued, and a handler that never saw the
    /// message has not attempted anything.
    Republish,
    /// Within this process: the queue lives no longer than its consumer.
    Local,
}

/// One delivery, until it is settled.
pub(super) struct Held {
    pub(super) origin: Arc<Origin>,
    pub(super) hold: Hold,
    pub(super) properties: BasicProperties,
    pub(super) data: Bytes,
    pub(super) attempt: u32,
    pub(super) received_at: Instant,
    /// Of a [`Manner::Local`] origin: the place that the message takes among those that are out, or wait here, until
    /// it is settled for good. The broker knows only of those that it has not seen acknowledged.
    pub(super) place: Option<Arc<OwnedSemaphorePermit>>,
    /// The id that the message got from us, where it came without one.
    pub(super) given_id: Option<MessageId>,
}

/// Who has the message.
pub(super) enum Hold {
    /// The broker, until this tag is acknowledged.
    Broker { lane: Arc<Lane>, tag: u64 },
    /// This process alone; to be sent here for another attempt.
    Process(mpsc::UnboundedSender<Held>),
}

/// The channel of one consumer, open while any of its deliveries is.
pub(super) struct Lane {
    pub(super) channel: Channel,
    /// Where deliveries of a [`Manner::Local`] origin come back.
    pub(super) local: mpsc::UnboundedSender<Held>,
    /// On ordered queues, the consumers: they stay the active ones until all they got is settled.
    pub(super) kept: Mutex<Vec<lapin::Consumer>>,
    /// Whether this process closes the channel.
    pub(super) given_back: AtomicBool,
}

impl Lane {
    /// Gives everything unsettled back at once, by closing the channel: the broker then puts it where it was, and
    /// lets the next consumer take over. What is given back one by one would come after what is buffered here, and
    /// a consumer that is cancelled first would let the next one start too early.
    fn give_back_in_order(&self) {
        self.given_back.store(true, Ordering::Relaxed);
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let channel = self.channel.clone();
        runtime.spawn(async move {
            // It is closed already if this fails.
            let _ = channel.close(200, "given back in order".into()).await;
            drop(kept);
        });
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if self.kept.get_mut().is_ok_and(|kept| !kept.is_empty()) {
            self.give_back_in_order();
        }
    }
}

/// Settles a delivery once; gives it back when dropped before that, unless it is a call.
pub(super) struct Settle(Option<Held>);

impl Settle {
    pub(super) fn new(held: Held) -> Self {
        Self(Some(held))
    }
}

impl Drop for Settle {
    fn drop(&mut self) {
        match self.0.take() {
            // Should the connection have broken, the call comes again, marked as redelivered.
            Some(held) if held.origin.manner == Manner::Once => drop(held.acknowledge()),
            Some(held) => held.hand_back(),
            None => {}
        }
    }
}

impl Acknowledger for Settle {
    fn settle(mut self: Box<Self>, settlement: Settlement) -> Settling {
        match settlement {
            Settlement::Acknowledge => Settling::done(self.acknowledge()),
            other => Settling::until(async move { self.carry_out(other).await }),
        }
    }
}

impl Settle {
    fn acknowledge(&mut self) -> Result<()> {
        let Some(held) = &self.0 else { return Ok(()) };
        held.check_hold()?;
        self.0.take().map_or(Ok(()), Held::acknowledge)
    }

    async fn carry_out(mut self, settlement: Settlement) -> Result<()> {
        // If the caller stops waiting, `self` still holds it and gives it back.
        let Some(held) = &self.0 else { return Ok(()) };
        held.check_hold()?;
        if let Err(error) = held.store(&settlement).await {
            if let Some(held) = self.0.take() {
                held.hand_back_later();
            }
            return Err(error);
        }
        let Some(held) = self.0.take() else { return Ok(()) };
        match settlement {
            Settlement::Release if !held.origin.manner.publishes_again() => held.hand_back_now(),
            _ => held.acknowledge(),
        }
    }
}

impl Manner {
    fn publishes_again(self) -> bool {
        matches!(self, Self::Once | Self::Republish)
    }
}

impl Held {
    /// Stores the message where a settlement wants it, before it is acknowledged here.
    async fn store(&self, settlement: &Settlement) -> Result<()> {
        match settlement {
            Settlement::Retry { after } => self.store_for_retry(*after).await,
            Settlement::DeadLetter(letter) => self.bury(letter).await,
            Settlement::Release if self.origin.manner == Manner::Once => self.call_again().await,
            Settlement::Release if self.origin.manner == Manner::Republish => self.publish_again().await,
            Settlement::Release | Settlement::Acknowledge => Ok(()),
        }
    }

    /// Refuses what would have to be undone: after the connection broke, the broker has the message back.
    fn check_hold(&self) -> Result<()> {
        match &self.hold {
            Hold::Broker { lane, .. } if !lane.channel.status().connected() => {
                Err(Error::new(ErrorKind::Connection, GONE))
            }
            _ => Ok(()),
        }
    }

    /// Tells the broker to forget the message. This queues the frame and does not wait for the socket: should the
    /// connection break first, the broker delivers again, as it would if it broke just after.
    pub(super) fn acknowledge(self) -> Result<()> {
        let Hold::Broker { lane, tag } = &self.hold else { return Ok(()) };
        match lane.channel.basic_ack(*tag, BasicAckOptions::default()).now_or_never() {
            Some(Err(error)) => Err(broken(GONE, error)),
            _ => Ok(()),
        }
    }

    pub(super) fn hand_back(self) {
        // The broker has the message back already if it cannot be told.
        let _ = self.hand_back_now();
    }

    /// Gives back what could not be settled, after a while: it would be delivered at once, and what was refused is
    /// refused again for as long as nobody mends it.
    fn hand_back_later(self) {
        tokio::spawn(async move {
            sleep(AFTER_REFUSAL).await;
            // What is dropped unsettled goes back, unless it is a call.
            drop(Settle::new(self));
        });
    }

    fn hand_back_now(self) -> Result<()> {
        match &self.hold {
            Hold::Broker { lane, .. } if self.origin.manner == Manner::InOrder => {
                lane.give_back_in_order();
                Ok(())
            }
            Hold::Broker { lane, tag } => {
                let options = BasicNackOptions { requeue: true, multiple: false };
                match lane.channel.basic_nack(*tag, options).now_or_never() {
                    Some(Err(error)) => Err(broken(GONE, error)),
                    _ => Ok(()),
                }
            }
            Hold::Process(local) => {
                let local = local.clone();
                // A consumer that is gone had its own queue, which is gone with it.
                let _ = local.send(self);
                Ok(())
            }
        }
    }

    async fn store_for_retry(&self, after: Duration) -> Result<()> {
        let (level, delay) = level(after);
        if self.origin.manner == Manner::Local {
            self.retry_here(after);
            return Ok(());
        }
        let target = self.origin.queue.clone();
        let name = self.origin.core.names.retry(&target, level);
        self.publish_to(&Queue::Retry { name, target, delay }, || self.again().attempt(self.attempt + 1))
            .await
    }

    fn retry_here(&self, after: Duration) {
        let local = match &self.hold {
            Hold::Broker { lane, .. } => lane.local.clone(),
            Hold::Process(local) => local.clone(),
        };
        let again = Self {
            origin: Arc::clone(&self.origin),
            hold: Hold::Process(local.clone()),
            properties: self.properties.clone(),
            data: self.data.clone(),
            attempt: self.attempt + 1,
            received_at: self.received_at,
            place: self.place.clone(),
            given_id: self.given_id.clone(),
        };
        tokio::spawn(async move {
            sleep(after).await;
            let _ = local.send(again);
        });
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        let dead = Queue::Dead { name: self.origin.dead.clone() };
        self.publish_to(&dead, || self.again().dead(letter, &self.origin.queue)).await
    }

    /// Puts the message at the end of its own queue, as it is.
    pub(super) async fn publish_again(&self) -> Result<()> {
        let name = self.origin.queue.clone();
        let work = Queue::Work { dead: self.origin.dead.clone(), name, ordered: false };
        self.publish_to(&work, || self.again().attempt(self.attempt)).await
    }

    /// Sends a call once more, with the time that it has left. One that has none left is gone.
    ///
    /// It is sent before it is acknowledged: should the connection break in between, the broker has both, and marks
    /// the first as redelivered.
    pub(super) async fn call_again(&self) -> Result<()> {
        let Some(expiration) = self.time_left() else { return Ok(()) };
        let core = &self.origin.core;
        let session = core.link.current().ok_or_else(|| core.link.away())?;
        let channel = session.unconfirmed_channel().await?;
        let outgoing = Outgoing {
            exchange: ShortString::default(),
            routing_key: self.origin.queue.as_str().into(),
            mandatory: false,
            properties: self.again().call(expiration),
            data: &self.data,
        };
        publish_written(&channel, outgoing).await
    }

    /// What is left of the time that the broker may keep the message, in milliseconds, as far as it is known: how
    /// long it was in the queue is, where the broker says when it took it.
    fn time_left(&self) -> Option<Option<u32>> {
        let expiration =
            self.properties.expiration().as_ref().and_then(|text| text.as_str().parse::<u32>().ok());
        let Some(expiration) = expiration else { return Some(None) };
        let published_at = properties::published_at(&self.properties);
        let on_the_way = published_at.and_then(|at| SystemTime::now().duration_since(at).ok());
        let passed = on_the_way.unwrap_or_default().max(self.received_at.elapsed()).as_millis();
        let left = u128::from(expiration).checked_sub(passed)?;
        u32::try_from(left).ok().filter(|left| *left > 0).map(Some)
    }

    fn again(&self) -> Again {
        Again::new(self.properties.clone()).named(self.given_id.as_ref())
    }

    async fn publish_to(&self, queue: &Queue, properties: impl Fn() -> BasicProperties) -> Result<()> {
        let to = Address::Existing { exchange: "".into(), routing_key: queue.name().into() };
        self.origin.core.publisher.publish(&to, Prepare::Queue(queue), properties, &self.data).await
    }
}

const GONE: &str = "the delivery's connection broke: the broker delivers the message again";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_rounded_up_to_their_level() {
        for (millis, expected) in [
            (0, "100ms"),
            (1_000, "1s"),
            (2_000, "2s"),
            (4_000, "4s"),
            (8_000, "8s"),
            (8_001, "15s"),
            (60_000, "1min"),
            (999_999_999, "6h"),
        ] {
            assert_eq!(level(Duration::from_millis(millis)).0, expected, "{millis} ms");
        }
    }

    #[test]
    fn no_pause_grows_to_more_than_three_times_its_length() {
        for pair in LEVELS.windows(2) {
            assert!(pair[0].1 < pair[1].1 && pair[1].1 <= pair[0].1 * 3, "{pair:?}");
        }
    }
}
