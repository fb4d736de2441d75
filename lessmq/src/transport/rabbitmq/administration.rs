//! Counting, purging and deleting the messages of a source.

use lapin::options::{QueueDeleteOptions, QueuePurgeOptions};

use super::failure::{declaration_error, missing_error, short};
use super::session::Session;
use super::topology::count_messages;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::kit::Names;
use crate::transport::{Destination, Group, Queue, Source, Status, Subscription};

/// [`Transport::status`](crate::transport::Transport::status). The broker counts only messages that wait for a
/// consumer.
pub(super) async fn status(session: &Session, names: &Names, source: &Source) -> Result<Status> {
    check_not_broadcast(source)?;
    let (queue, dead_letters) = (names.source(source), names.dead_letters(source));
    let waiting = count_messages(session, &queue).await?.ok_or_else(|| {
        Error::new(ErrorKind::Topology, format!("queue `{queue}` does not exist"))
            .with_hint(when_created(source))
    })?;
    let dead = match dead_letters == queue {
        true => 0,
        false => count_messages(session, &dead_letters).await?.unwrap_or_default(),
    };
    Ok(Status { waiting: Some(waiting.into()), dead: Some(dead.into()), ..Status::default() })
}

/// When the queue of a source is created, for a hint.
fn when_created(source: &Source) -> &'static str {
    match source {
        Source::Queue(Queue::External { .. }) => "check its name: LessMQ does not create external queues",
        Source::DeadLetters(origin) if matches!(**origin, Source::Queue(Queue::External { .. })) => {
            "it is created for the first dead letter"
        }
        _ => match source.origin() {
            Source::Queue(Queue::Commands { .. }) => {
                "it is created when a consumer starts, or when a command is sent"
            }
            _ => "it is created when a consumer starts",
        },
    }
}

/// [`Transport::purge`](crate::transport::Transport::purge).
pub(super) async fn purge(session: &Session, names: &Names, source: &Source) -> Result<u64> {
    check_not_broadcast(source)?;
    check_ours(source)?;
    let queue = names.source(source);
    let name = short("queue", &queue)?;
    let channel = session.channel().await?;
    let purging = channel.queue_purge(name, QueuePurgeOptions::default()).await;
    purging.map(Into::into).map_err(|error| missing_error(&format!("queue `{queue}`"), error))
}

/// [`Transport::delete`](crate::transport::Transport::delete). The broker accepts it if a queue is missing.
/// Messages that wait for their retry become orphans when their time has come.
pub(super) async fn delete(session: &Session, names: &Names, source: &Source) -> Result<()> {
    check_not_broadcast(source)?;
    check_ours(source)?;
    let mut queues = vec![names.source(source)];
    if !matches!(source, Source::DeadLetters(_)) {
        queues.push(names.dead_letters(source));
    }
    let channel = session.channel().await?;
    for queue in queues {
        let deleting = channel.queue_delete(short("queue", &queue)?, QueueDeleteOptions::default()).await;
        deleting.map_err(|error| declaration_error(&format!("queue `{queue}`"), error))?;
        session.queues.remove(&queue);
    }
    // The next publish declares the queue again.
    if let Source::Queue(queue) = source {
        session.call_targets.remove(queue);
        session.destinations.remove(&Destination::Queue(queue.clone()));
    }
    Ok(())
}

fn check_not_broadcast(source: &Source) -> Result<()> {
    match source {
        Source::Subscription(Subscription { group: Group::Broadcast, .. }) => {
            let context = format!("broadcast `{source}` has a separate queue for each consumer");
            Err(Error::new(ErrorKind::Unsupported, context))
        }
        _ => Ok(()),
    }
}

/// Rejects external queues: they are never purged or deleted.
fn check_ours(source: &Source) -> Result<()> {
    match source {
        Source::Queue(Queue::External { name }) => {
            let context = format!("queue `{name}` is external: LessMQ does not purge or delete it");
            Err(Error::new(ErrorKind::Unsupported, context))
        }
        _ => Ok(()),
    }
}
