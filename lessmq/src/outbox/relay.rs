//! From the table to the broker.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use metrics::Counter;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connection::{Database, Statements};
use super::entry::Entry;
use super::{Outbox, STORED, storage};
use crate::bus::Bus;
use crate::envelope::MessageId;
use crate::error::{Error, ErrorKind, Result};

/// How many messages are read at a time.
const BATCH: i64 = 100;
/// Counter: messages that were published from an outbox.
pub const PUBLISHED: &str = "lessmq_outbox_published_total";
/// Counter: messages that were set aside in an outbox.
pub const SET_ASIDE: &str = "lessmq_outbox_set_aside_total";

/// The first pause after something was stored: its transaction is still open.
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_millis(5);
/// The pauses after failures.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);
/// How long a message that is under way may take when the process stops.
const LAST_PUBLISH: Duration = Duration::from_secs(3);

/// An outbox that is being emptied by this process.
pub(super) struct Relay<DB: Database> {
    outbox: Outbox<DB>,
    bus: Bus,
    stop: CancellationToken,
    /// Who holds the lease, when it is this relay.
    holder: String,
    published: Counter,
    set_aside: Counter,
}

impl<DB: Database> Relay<DB> {
    pub(super) fn new(outbox: Outbox<DB>, bus: Bus, stop: CancellationToken) -> Self {
        let (published, set_aside) = (metrics::counter!(PUBLISHED), metrics::counter!(SET_ASIDE));
        Self { outbox, bus, stop, holder: MessageId::new().to_string(), published, set_aside }
    }

    pub(super) async fn run(self) -> Result<()> {
        let mut stored = STORED.subscribe();
        let mut pause = SHORTEST_PAUSE;
        let mut failures = 0;
        while !self.stop.is_cancelled() {
            match self.empty().await {
                Ok(()) if failures > 0 => {
                    tracing::info!("the outbox is being emptied again");
                    failures = 0;
                }
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Closed => {
                    return if self.stop.is_cancelled() { Ok(()) } else { Err(error) };
                }
                Err(error) => {
                    self.back_off(failures, &error).await;
                    failures += 1;
                    continue;
                }
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                Ok(()) = stored.changed() => pause = SHORTEST_PAUSE,
                () = tokio::time::sleep(pause) => pause = pause.saturating_mul(2).min(self.outbox.poll),
            }
        }
        Ok(())
    }

    /// Says so once, and waits.
    async fn back_off(&self, failures: u32, error: &Error) {
        if failures == 0 {
            tracing::warn!("the outbox cannot be emptied; trying again: {error:#}");
        } else {
            tracing::debug!("the outbox still cannot be emptied: {error:#}");
        }
        let backoff = FIRST_BACKOFF.saturating_mul(1 << failures.min(16)).min(LONGEST_BACKOFF);
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(backoff) => {}
        }
    }

    /// Publishes all there is, unless another copy does.
    async fn empty(&self) -> Result<()> {
        let any = self.outbox.connection().await?.any().await;
        if !any.map_err(|error| storage("the outbox cannot be read", error))? || !self.take_lease().await? {
            return Ok(());
        }
        let emptied = self.publish_all().await;
        let ended = match self.outbox.connection().await {
            Ok(mut connection) => {
                connection.end_lease(self.holder.clone()).await.map_err(|e| storage(LEASE, e))
            }
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::debug!("the outbox's lease ends by itself: {error:#}");
        }
        emptied
    }

    async fn publish_all(&self) -> Result<()> {
        let mut renewed = Instant::now();
        while !self.stop.is_cancelled() {
            let first = self.outbox.connection().await?.first(BATCH).await;
            let entries = first.map_err(|error| storage("the outbox cannot be read", error))?;
            if entries.is_empty() {
                break;
            }
            for (position, entry) in entries {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if renewed.elapsed() > self.outbox.lease / 3 {
                    if !self.take_lease().await? {
                        return Ok(());
                    }
                    renewed = Instant::now();
                }
                self.publish(position, entry).await?;
            }
        }
        Ok(())
    }

    async fn publish(&self, position: i64, entry: Entry) -> Result<()> {
        let published = match entry.into_outgoing() {
            Ok(message) => self.holding_the_lease(self.bus.send(message)).await,
            Err(error) => Err(error),
        };
        let settled = match published {
            Ok(()) => {
                self.published.increment(1);
                self.outbox.connection().await?.delete(position).await
            }
            Err(error) if can_never_be_published(&error) => {
                self.set_aside.increment(1);
                tracing::error!(position, "a message in the outbox is set aside: {error:#}");
                self.outbox.connection().await?.set_aside(position, format!("{error:#}")).await
            }
            Err(error) => return Err(error),
        };
        settled.map_err(|error| storage("a published message could not be removed from the outbox", error))
    }

    /// Renews the lease for as long as a message is under way.
    async fn holding_the_lease(&self, publish: impl Future<Output = Result<()>>) -> Result<()> {
        let mut publish = pin!(publish);
        // The last renewal was up to a third ago, the next comes in another third: the lease has not ended by then.
        let mut renewal = tokio::time::interval(self.outbox.lease / 3);
        renewal.reset();
        loop {
            tokio::select! {
                biased;
                published = &mut publish => return published,
                () = self.stop.cancelled() => break,
                _ = renewal.tick() => {
                    if !self.take_lease().await? {
                        return Err(Error::new(ErrorKind::Storage, "another copy took the outbox's lease"));
                    }
                }
            }
        }
        let unfinished = |_| Error::new(ErrorKind::Closed, "stopped while a message was under way");
        tokio::time::timeout(LAST_PUBLISH, publish).await.map_err(unfinished)?
    }

    async fn take_lease(&self) -> Result<bool> {
        let milliseconds = i64::try_from(self.outbox.lease.as_millis()).unwrap_or(i64::MAX);
        let mut connection = self.outbox.connection().await?;
        connection.take_lease(self.holder.clone(), milliseconds).await.map_err(|error| storage(LEASE, error))
    }
}

const LEASE: &str = "the outbox's lease could not be written";

/// What the broker will refuse tomorrow as well.
fn can_never_be_published(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Config
            | ErrorKind::Decode
            | ErrorKind::Encode
            | ErrorKind::TooLarge
            | ErrorKind::Unsupported
    )
}
