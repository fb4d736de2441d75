//! Messages that were given up: looking at them, moving them back, dropping them.

use std::collections::HashSet;
use std::future::{IntoFuture, ready};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep, timeout};

use crate::envelope::Envelope;
use crate::error::{ErrorKind, Result};
use crate::transport::{
    ConsumeOptions, DeadLetter, DeadLetterReason, Delivery, Settlement, Source, Status, Transport,
};

/// How long to wait for the next dead letter before there seem to be no more. It matters only on brokers that do not
/// count messages, and while others consume the same dead letters.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many messages are read at a time before they are moved.
const ROUND: u16 = 256;
/// How many of them are moved at the same time, unless their order matters.
const CONCURRENCY: usize = 32;
/// How long the broker may take until messages that were given back are counted again.
const MAX_RETURN_TIME: Duration = Duration::from_secs(2);
/// The delay before the messages are counted again.
const COUNT_DELAY: Duration = Duration::from_millis(10);

/// The dead letters of one source: the messages that its consumers gave up. [`Bus::dead_letters`](crate::Bus::dead_letters)
/// returns them.
///
#[doc = include_str!("docs/dead_letters.md")]
#[derive(Clone, Debug)]
pub struct DeadLetters {
    transport: Arc<dyn Transport>,
    /// Always [`Source::DeadLetters`].
    source: Source,
}

/// A message that was given up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeadMessage {
    /// The message, as it was published.
    pub envelope: Arc<Envelope>,
    /// Why it was given up.
    pub dead_letter: DeadLetter,
    /// When the broker took the dead letter; `None` where it does not say. When the message was sent is in the envelope.
    pub published_at: Option<SystemTime>,
}

/// Moves dead letters back to their source when it is awaited, and returns how many it moved.
#[must_use = "nothing is moved until this is awaited"]
#[derive(Debug)]
pub struct Redrive {
    letters: DeadLetters,
    limit: u64,
}

impl DeadLetters {
    pub(crate) fn new(transport: Arc<dyn Transport>, source: &Source) -> Self {
        Self { transport, source: Source::DeadLetters(Box::new(source.origin().clone())) }
    }

    /// How many dead letters there are, as far as the broker says.
    ///
    /// # Errors
    /// `Topology` if the source does not exist; `Unsupported` if the broker does not count messages; `Connection`,
    /// `Closed`.
    pub async fn status(&self) -> Result<Status> {
        let status = self.transport.status(&self.source).await;
        self.none_if_missing(status, || Status { waiting: Some(0), ..Status::default() }).await
    }

    /// The oldest dead letters, up to `limit`. They stay where they are. While this looks at them, others cannot.
    ///
    /// # Errors
    /// As [`status`](Self::status), other than that a broker need not count messages.
    pub async fn look(&self, limit: usize) -> Result<Vec<DeadMessage>> {
        let waiting = self.waiting().await?;
        let limit = waiting.map_or(limit, |waiting| limit.min(usize::try_from(waiting).unwrap_or(limit)));
        if limit == 0 {
            return Ok(Vec::new());
        }
        let held = self.take(u16::try_from(limit).unwrap_or(u16::MAX)).await?;
        let mut messages = Vec::with_capacity(held.len());
        for delivery in held {
            messages.push(DeadMessage::new(&delivery));
            delivery.settle(Settlement::Release).await?;
        }
        self.until_counted(waiting).await?;
        Ok(messages)
    }

    /// Moves dead letters back to where they came from, the oldest first: to the queue, or to the consumer group alone and
    /// to no other group. They are handled as new messages, with all attempts.
    ///
    /// A message that is given up again in the meantime stays among the dead letters. Without a
    /// [`limit`](Redrive::limit), all dead letters are moved that are there at the beginning. When one cannot be moved,
    /// the rest stays.
    ///
    /// # Errors
    /// `Unsupported` for dead letters that have no [queue to go back to](Source::redrive_target), such as those of a
    /// broadcast; otherwise as [`look`](Self::look).
    pub fn redrive(&self) -> Redrive {
        Redrive { letters: self.clone(), limit: u64::MAX }
    }

    /// Drops all dead letters for ever, and returns how many they were, where the broker says.
    ///
    /// # Errors
    /// `Topology` if the source does not exist; `Unsupported` if the broker cannot; `Connection`, `Closed`.
    pub async fn purge(&self) -> Result<Option<u64>> {
        let purged = self.transport.purge(&self.source).await;
        self.none_if_missing(purged, || Some(0)).await
    }

    /// The result, or `none` if it fails because the source exists, but has never had dead letters.
    async fn none_if_missing<T>(&self, result: Result<T>, none: impl FnOnce() -> T) -> Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::Topology => {
                let exists = self.transport.status(self.source.origin()).await.is_ok();
                if exists { Ok(none()) } else { Err(error) }
            }
            result => result,
        }
    }

    /// How many messages there are, if the broker counts them.
    async fn waiting(&self) -> Result<Option<u64>> {
        match self.status().await {
            Ok(status) => Ok(status.waiting),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The oldest dead letters, up to `count`; fewer if no other arrives for a while. No more than these leave their queue:
    /// the consumer is gone before one of them is settled.
    async fn take(&self, count: u16) -> Result<Vec<Delivery>> {
        let mut consumer = self.transport.consume(&self.source, ConsumeOptions::new(count)).await?;
        let mut taken = Vec::new();
        while taken.len() < count.into() {
            match timeout(PATIENCE, consumer.next()).await {
                Ok(Some(delivery)) => taken.push(delivery?),
                Ok(None) | Err(_) => break,
            }
        }
        Ok(taken)
    }

    /// Waits until the broker counts as many messages again, so that whoever asks next sees those that were given back.
    async fn until_counted(&self, expected: Option<u64>) -> Result<()> {
        let deadline = Instant::now() + MAX_RETURN_TIME;
        // Others may consume them, too.
        while self.waiting().await? < expected && Instant::now() < deadline {
            sleep(COUNT_DELAY).await;
        }
        Ok(())
    }
}

impl DeadMessage {
    fn new(delivery: &Delivery) -> Self {
        let unknown = || DeadLetter {
            reason: DeadLetterReason::Broker,
            detail: "the message does not say why it was given up".to_owned(),
            attempts: delivery.attempt,
        };
        Self {
            envelope: Arc::clone(&delivery.envelope),
            dead_letter: delivery.dead_letter.clone().unwrap_or_else(unknown),
            published_at: delivery.published_at,
        }
    }
}

impl Redrive {
    /// Moves at most `limit` messages.
    pub fn limit(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    async fn run(self) -> Result<u64> {
        let Self { letters, limit } = self;
        let concurrency = if letters.source.redrive_target()?.is_ordered() { 1 } else { CONCURRENCY };
        let waiting = letters.waiting().await?;
        let mut left = waiting.map_or(limit, |waiting| limit.min(waiting));
        let (mut moved, mut seen, mut given_up_again) = (0, HashSet::new(), Vec::new());
        while left > 0 {
            let taken = letters.take(u16::try_from(left).unwrap_or(ROUND).min(ROUND)).await?;
            if taken.is_empty() {
                break;
            }
            left = left.saturating_sub(taken.len() as u64);
            // One that has come back is held until the end, or it would come back for ever.
            let (new, again): (Vec<_>, Vec<_>) =
                taken.into_iter().partition(|delivery| seen.insert(delivery.envelope.id.clone()));
            given_up_again.extend(again);
            moved += move_back(new, concurrency).await?;
        }
        for delivery in given_up_again {
            delivery.settle(Settlement::Release).await?;
        }
        letters.until_counted(waiting.map(|waiting| waiting.saturating_sub(moved))).await?;
        tracing::info!(source = %letters.source.origin(), moved, "dead letters were moved back");
        Ok(moved)
    }
}

/// Moves messages back, in their order if it is one at a time. Returns how many they were.
async fn move_back(letters: Vec<Delivery>, concurrency: usize) -> Result<u64> {
    let moving = stream::iter(letters).map(|delivery| delivery.settle(Settlement::Redrive));
    moving.buffer_unordered(concurrency).try_fold(0, |moved, ()| ready(Ok(moved + 1))).await
}

impl IntoFuture for Redrive {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
