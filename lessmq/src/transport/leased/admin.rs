//! Counts, purges and deletes the messages of a source.

use std::time::Duration;

use tokio::time::Instant;

use super::broker::{LeasedQueue, QueueKind};
use super::connection::Connection;
use super::targets;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::kit::LeaseState;
use crate::transport::{Group, Source, Status};

/// A purge fails after this many consecutive requests that deleted nothing.
const MAX_FRUITLESS_REQUESTS: u32 = 5;

/// The queue of a source. Fails for a broadcast, whose queues have unique names.
fn queue(connection: &Connection, source: &Source) -> Result<LeasedQueue> {
    match source {
        Source::Subscription(subscription) if subscription.group == Group::Broadcast => {
            Err(Error::new(ErrorKind::Topology, "each consumer of a broadcast has a queue of its own"))
        }
        source => Ok(targets::source_queue(&connection.names, source, "")),
    }
}

pub(super) async fn status(connection: &Connection, source: &Source) -> Result<Status> {
    let queue = queue(connection, source)?;
    let mut status = connection.broker.status(&queue).await?;
    if queue.kind != QueueKind::DeadLetters {
        status.dead = match connection.broker.status(&targets::dead_letters(&connection.names, source)).await
        {
            Ok(dead) => dead.waiting.map(|waiting| waiting + dead.in_flight.unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Topology => Some(0),
            Err(error) => return Err(error),
        };
    }
    Ok(status)
}

/// Receives and deletes messages until the queue is empty, because the purge of these brokers does not return the
/// number of messages, or takes a minute.
///
/// # Errors
/// `Connection` if the broker hands out messages again and again and deletes none of them.
pub(super) async fn purge(connection: &Connection, source: &Source) -> Result<Option<u64>> {
    let queue = queue(connection, source)?;
    refuse_external(&queue, "purged")?;
    let (mut dropped, mut fruitless) = (0, 0);
    while fruitless < MAX_FRUITLESS_REQUESTS {
        let Some(deleted) = purge_some(connection, &queue).await? else { return Ok(Some(dropped)) };
        dropped += deleted;
        fruitless = if deleted == 0 { fruitless + 1 } else { 0 };
    }
    let context =
        format!("queue `{}` was not purged: all leases ended before their messages were deleted", queue.name);
    Err(Error::new(ErrorKind::Connection, context))
}

/// Receives messages, and returns how many of them were deleted; `None` if there were no messages. What was not deleted
/// is received again.
async fn purge_some(connection: &Connection, queue: &LeasedQueue) -> Result<Option<u64>> {
    let (broker, limits) = (&connection.broker, connection.broker.limits());
    // A broker may report that it deleted a message whose lease had ended, although it did not.
    let leases_end = Instant::now() + limits.lease;
    let messages = broker.receive(queue, limits.max_receive, Duration::ZERO).await?;
    if messages.is_empty() {
        return Ok(None);
    }
    let receipts: Vec<_> = messages.into_iter().map(|message| message.receipt).collect();
    let mut deleted = 0;
    for batch in receipts.chunks(limits.capabilities.max_batch.messages.max(1)) {
        for state in broker.delete(queue, batch).await {
            if state? == LeaseState::Held && Instant::now() < leases_end {
                deleted += 1;
            }
        }
    }
    Ok(Some(deleted))
}

pub(super) async fn delete(connection: &Connection, source: &Source) -> Result<()> {
    // The queues of a broadcast are deleted with their consumers.
    if let Ok(queue) = queue(connection, source) {
        refuse_external(&queue, "deleted")?;
        connection.broker.remove(&queue).await?;
    }
    connection.broker.remove(&targets::dead_letters(&connection.names, source)).await
}

fn refuse_external(queue: &LeasedQueue, done: &str) -> Result<()> {
    if queue.kind == QueueKind::External {
        let context = format!("queue `{}` was not created by LessMQ and is not {done}", queue.name);
        return Err(Error::new(ErrorKind::Unsupported, context));
    }
    Ok(())
}
