//! Counting, purging and deleting.

use std::time::Duration;

use super::broker::{LeasedQueue, QueueKind};
use super::connection::Connection;
use super::targets;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Group, Source, Status};

/// The queue of a source. Those of a broadcast have no name that is known here.
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

/// Receives and deletes until nothing is left: brokers have no purge that says how many messages it dropped, or does
/// not take a minute.
pub(super) async fn purge(connection: &Connection, source: &Source) -> Result<Option<u64>> {
    let queue = queue(connection, source)?;
    refuse_external(&queue, "purged")?;
    let mut dropped = 0;
    loop {
        let messages =
            connection.broker.receive(&queue, connection.broker.limits().max_receive, Duration::ZERO).await?;
        if messages.is_empty() {
            return Ok(Some(dropped));
        }
        let receipts: Vec<_> = messages.into_iter().map(|message| message.receipt).collect();
        for batch in receipts.chunks(connection.broker.limits().capabilities.max_batch.messages.max(1)) {
            for deleted in connection.broker.delete(&queue, batch).await {
                deleted?;
                dropped += 1;
            }
        }
    }
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
