//! The relay: publishes the messages of the outbox.

use std::time::Duration;

use metrics::Counter;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connection::{Database, Statements};
use super::entry::Entry;
use super::handle::{MIN_POLL, Outbox};
use super::lease::Lease;
use super::{STORED, storage_error};
use crate::bus::Bus;
use crate::error::{Error, ErrorKind, Result};
pub use crate::telemetry::name::{OUTBOX_PUBLISHED as PUBLISHED, OUTBOX_SET_ASIDE as SET_ASIDE};
use crate::transport::Outgoing;
use crate::transport::kit::{Backoff, Delays};

/// How many messages are read at a time.
const BATCH: i64 = 100;

/// The delays after failures.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));

/// An outbox whose messages this process publishes.
struct Relay<DB: Database> {
    outbox: Outbox<DB>,
    bus: Bus,
    stop: CancellationToken,
    lease: Lease<DB>,
    published: Counter,
    set_aside: Counter,
}

impl<DB: Database> Outbox<DB> {
    /// Publishes stored messages until `stop`. Run it with [`App::background`](crate::App::background). Several copies
    /// of a service may run it with the same database.
    ///
    /// While the broker or the database is unreachable, it tries again with backoff.
    ///
    /// # Errors
    /// `Closed` when the bus was closed before `stop`.
    pub async fn relay(self, bus: Bus, stop: CancellationToken) -> Result<()> {
        Relay::new(self, bus, stop).run().await
    }
}

impl<DB: Database> Relay<DB> {
    fn new(outbox: Outbox<DB>, bus: Bus, stop: CancellationToken) -> Self {
        let (published, set_aside) = (metrics::counter!(PUBLISHED), metrics::counter!(SET_ASIDE));
        let lease = Lease::new(outbox.clone());
        Self { outbox, bus, stop, lease, published, set_aside }
    }

    async fn run(self) -> Result<()> {
        let mut stored = STORED.subscribe();
        let mut pause = MIN_POLL;
        let mut delays = BACKOFF.delays();
        while !self.stop.is_cancelled() {
            match self.publish_stored().await {
                Ok(()) if !delays.is_reset() => {
                    tracing::info!("the outbox publishes again");
                    delays.reset();
                }
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Closed => {
                    return if self.stop.is_cancelled() { Ok(()) } else { Err(error) };
                }
                Err(error) => {
                    self.back_off(&mut delays, &error).await;
                    continue;
                }
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                Ok(()) = stored.changed() => pause = MIN_POLL,
                () = tokio::time::sleep(pause) => pause = pause.saturating_mul(2).min(self.outbox.poll),
            }
        }
        Ok(())
    }

    /// Logs the first failure as a warning, and waits.
    async fn back_off(&self, delays: &mut Delays, error: &Error) {
        if delays.is_reset() {
            tracing::warn!("the outbox cannot publish; trying again: {error:#}");
        } else {
            tracing::debug!("the outbox still cannot publish: {error:#}");
        }
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(delays.next_delay()) => {}
        }
    }

    /// Publishes all stored messages, unless another copy does.
    async fn publish_stored(&self) -> Result<()> {
        let any = self.outbox.connection().await?.any().await;
        if !any.map_err(|error| storage_error("cannot read the outbox", error))? || !self.lease.take().await?
        {
            return Ok(());
        }
        let published = self.publish_all().await;
        if let Err(error) = self.lease.end().await {
            tracing::debug!("the lease of the outbox was not given back and expires: {error:#}");
        }
        published
    }

    async fn publish_all(&self) -> Result<()> {
        let mut renewed = Instant::now();
        while !self.stop.is_cancelled() {
            let first = self.outbox.connection().await?.first(BATCH).await;
            let entries = first.map_err(|error| storage_error("cannot read the outbox", error))?;
            if entries.is_empty() {
                break;
            }
            for batch in self.batches(entries).await? {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if renewed.elapsed() > self.outbox.lease / 3 {
                    if !self.lease.renew().await? {
                        return Ok(());
                    }
                    renewed = Instant::now();
                }
                self.publish(batch).await?;
            }
        }
        Ok(())
    }

    /// Reads entries, and sets those aside that cannot be read.
    async fn batches(&self, entries: Vec<(i64, Entry)>) -> Result<Vec<Batch>> {
        let mut batches = vec![Batch::default()];
        for (position, entry) in entries {
            match entry.into_outgoing() {
                Ok(message) => add(&mut batches, position, message),
                Err(error) => self.set_aside(position, &error).await?,
            }
        }
        Ok(batches)
    }

    /// Publishes a batch, and removes what the broker has stored.
    async fn publish(&self, batch: Batch) -> Result<()> {
        let results = self.lease.hold(self.bus.send_all(batch.messages), &self.stop).await?;
        let (mut published, mut unpublishable, mut failure) = (Vec::new(), Vec::new(), Ok(()));
        for (position, result) in batch.positions.into_iter().zip(results) {
            match result {
                Ok(()) => published.push(position),
                Err(error) if can_never_be_published(&error) => unpublishable.push((position, error)),
                Err(error) => failure = failure.and(Err(error)),
            }
        }
        self.remove(published).await?;
        for (position, error) in unpublishable {
            self.set_aside(position, &error).await?;
        }
        failure
    }

    /// Removes published messages. They may be removed even if the lease was lost: the broker has stored them.
    async fn remove(&self, positions: Vec<i64>) -> Result<()> {
        if positions.is_empty() {
            return Ok(());
        }
        self.published.increment(positions.len().try_into().unwrap_or(u64::MAX));
        let deleted = self.outbox.connection().await?.delete(positions).await;
        deleted.map_err(|error| storage_error("cannot remove published messages from the outbox", error))
    }

    async fn set_aside(&self, position: i64, error: &Error) -> Result<()> {
        self.set_aside.increment(1);
        tracing::error!(position, "a message in the outbox is set aside: {error:#}");
        let set_aside = self.outbox.connection().await?.set_aside(position, format!("{error:#}")).await;
        set_aside.map_err(|error| storage_error("cannot set a message in the outbox aside", error))
    }
}

/// Messages that are published together, with their positions in the table.
#[derive(Default)]
struct Batch {
    positions: Vec<i64>,
    messages: Vec<Outgoing>,
}

/// Adds a message to the last batch. An ordered message starts a new batch if the last one has a message of the same
/// destination and partition key: the earlier one has to be stored before it is published.
fn add(batches: &mut Vec<Batch>, position: i64, message: Outgoing) {
    let follows = |earlier: &Outgoing| {
        message.destination.is_ordered()
            && earlier.destination == message.destination
            && earlier.envelope.partition_key == message.envelope.partition_key
    };
    if batches.last().is_none_or(|batch| batch.messages.iter().any(follows)) {
        batches.push(Batch::default());
    }
    if let Some(batch) = batches.last_mut() {
        batch.positions.push(position);
        batch.messages.push(message);
    }
}

/// Whether a later attempt would fail, too.
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
