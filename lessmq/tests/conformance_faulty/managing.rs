//! Defects of counting, purging and deleting.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use lessmq::transport::memory::Memory;
use lessmq::transport::{ConsumeOptions, Destination, Outgoing, Queue, Source, Status, Transport};
use lessmq::{Error, ErrorKind, Result};

use crate::driver::{Fault, lock};
use crate::publishing::Claiming;
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = counting();
    rows.extend(purging());
    rows.extend(deleting());
    rows
}

fn counting() -> Vec<Row> {
    let counts = &["status_counts_the_messages_or_is_refused"];
    let missing = &["status_of_a_missing_source_fails_and_creates_nothing"];
    vec![
        row("claims that it cannot count", Claiming(|c| c.status = false), counts),
        row("refuses to count though it can", Refuses, counts),
        row("counts nothing", Counting(|s| s.waiting = Some(0)), counts),
        row("forgets unsettled messages", Counting(|s| s.in_flight = Some(0)), counts),
        row("forgets dead letters", Counting(|s| s.dead = Some(0)), counts),
        row("reports no number", Counting(|s| *s = Status::default()), counts),
        row(
            "forgets messages that wait for a retry",
            Counting(|s| s.in_flight = Some(0)),
            &["a_message_that_waits_for_a_retry_is_in_flight"],
        ),
        row(
            "reports when the oldest message was published",
            Counting(|s| s.oldest = Some(Duration::from_secs(1_700_000_000))),
            &["status_reports_how_long_the_oldest_message_has_waited"],
        ),
        row("creates the source whose messages it counts", CreatesCounted, missing),
        row("counts the messages of a missing source", CountsMissing, missing),
    ]
}

fn purging() -> Vec<Row> {
    let waiting = &["a_purge_drops_the_waiting_messages_or_is_refused"];
    vec![
        row("claims that it cannot purge", Claiming(|c| c.purge = false), waiting),
        row("refuses to purge though it can", Refuses, waiting),
        row("purges nothing", PurgesNothing, waiting),
        row("reports another number than it purged", Miscounts, waiting),
        row(
            "deletes a source that it should purge",
            DeletesPurged,
            &["a_purge_keeps_unsettled_messages_and_dead_letters"],
        ),
        row("purges a source with its dead letters", PurgesOrigin, &["dead_letters_are_purged_separately"]),
        row("purges a missing source", PurgesNothing, &["a_purge_of_a_missing_source_fails"]),
    ]
}

fn deleting() -> Vec<Row> {
    vec![
        row(
            "deletes nothing",
            DeletesNothing,
            &["a_deleted_source_is_gone_with_its_messages", "a_deleted_subscription_gets_no_more_events"],
        ),
        row(
            "purges a source that it should delete",
            PurgesDeleted,
            &["a_deleted_source_is_gone_with_its_messages", "deleting_a_missing_source_succeeds"],
        ),
        row(
            "loses messages to a source that was deleted",
            RemembersDeleted::default(),
            &["a_deleted_source_can_be_used_again"],
        ),
        row("deletes external queues", DeletesNothing, &["an_external_queue_is_not_purged_or_deleted"]),
        row("purges external queues", PurgesNothing, &["an_external_queue_is_not_purged_or_deleted"]),
    ]
}

struct Refuses;

#[async_trait]
impl Fault for Refuses {
    async fn status(&self, _: &Memory, _: &Source) -> Result<Status> {
        Err(Error::new(ErrorKind::Unsupported, "the broker cannot count"))
    }

    async fn purge(&self, _: &Memory, _: &Source) -> Result<Option<u64>> {
        Err(Error::new(ErrorKind::Unsupported, "the broker cannot purge"))
    }
}

/// Changes the status that the broker reports.
struct Counting(fn(&mut Status));

#[async_trait]
impl Fault for Counting {
    async fn status(&self, bus: &Memory, source: &Source) -> Result<Status> {
        let mut status = bus.status(source).await?;
        (self.0)(&mut status);
        Ok(status)
    }
}

struct CreatesCounted;

#[async_trait]
impl Fault for CreatesCounted {
    async fn status(&self, bus: &Memory, source: &Source) -> Result<Status> {
        let status = bus.status(source).await;
        drop(bus.consume(source, ConsumeOptions::new(1)).await?);
        status
    }
}

struct CountsMissing;

#[async_trait]
impl Fault for CountsMissing {
    async fn status(&self, bus: &Memory, source: &Source) -> Result<Status> {
        Ok(bus.status(source).await.unwrap_or_default())
    }
}

struct PurgesNothing;

#[async_trait]
impl Fault for PurgesNothing {
    async fn purge(&self, _: &Memory, _: &Source) -> Result<Option<u64>> {
        Ok(None)
    }
}

struct Miscounts;

#[async_trait]
impl Fault for Miscounts {
    async fn purge(&self, bus: &Memory, source: &Source) -> Result<Option<u64>> {
        Ok(bus.purge(source).await?.map(|dropped| dropped + 1))
    }
}

struct DeletesPurged;

#[async_trait]
impl Fault for DeletesPurged {
    async fn purge(&self, bus: &Memory, source: &Source) -> Result<Option<u64>> {
        let dropped = bus.purge(source).await?;
        bus.delete(source).await?;
        Ok(dropped)
    }
}

struct PurgesOrigin;

#[async_trait]
impl Fault for PurgesOrigin {
    async fn purge(&self, bus: &Memory, source: &Source) -> Result<Option<u64>> {
        bus.purge(source.origin()).await?;
        bus.purge(source).await
    }
}

struct DeletesNothing;

#[async_trait]
impl Fault for DeletesNothing {
    async fn delete(&self, _: &Memory, _: &Source) -> Result<()> {
        Ok(())
    }
}

struct PurgesDeleted;

#[async_trait]
impl Fault for PurgesDeleted {
    async fn delete(&self, bus: &Memory, source: &Source) -> Result<()> {
        bus.purge(source).await.map(drop)
    }
}

/// Drops what is published to a queue that was deleted, as a publisher does that remembers what it declared.
#[derive(Default)]
struct RemembersDeleted(Mutex<HashSet<Queue>>);

#[async_trait]
impl Fault for RemembersDeleted {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        if let Destination::Queue(queue) = &message.destination
            && lock(&self.0).contains(queue)
        {
            return Ok(());
        }
        bus.publish_one(message).await
    }

    async fn delete(&self, bus: &Memory, source: &Source) -> Result<()> {
        if let Source::Queue(queue) = source {
            lock(&self.0).insert(queue.clone());
        }
        bus.delete(source).await
    }
}
