//! A consumer: a task that receives messages, and a stream of deliveries.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::broker::{LeasedQueue, QueueKind, Target};
use super::buffer::Buffer;
use super::connection::Connection;
use super::poller::{Polled, Poller};
use super::sender::BACKOFF;
use super::targets;
use super::unsettled::{Origin, UnsettledGuard};
use crate::envelope::{Envelope, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{ConsumeOptions, Consumer, Delivery, Queue, Source, closed_error};

type Item = Result<(UnsettledGuard, Envelope)>;

/// Creates missing queues and topics, and starts to receive.
pub(super) async fn open(
    connection: &Arc<Connection>,
    source: &Source,
    options: ConsumeOptions,
) -> Result<Consumer> {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let queue = targets::source_queue(&connection.names, source, &id);
    let give_up = Connection::give_up();
    let temporary = match queue.kind {
        QueueKind::Broadcast => {
            again(connection, give_up, || ensure_topics(connection, &queue)).await?;
            Some(again(connection, give_up, || connection.temporaries.create(queue.clone())).await?)
        }
        _ => {
            again(connection, give_up, || prepare(connection, source, &queue)).await?;
            None
        }
    };
    let queue = Arc::new(queue);
    let provider = match source {
        Source::Queue(Queue::Calls { service }) => service.as_str().into(),
        _ => Text::default(),
    };
    let receipts = connection.receipts(&queue);
    let (connection, source) = (Arc::clone(connection), source.clone());
    let origin = Arc::new(Origin { connection, source, queue, receipts, provider, temporary });
    Ok(start(origin, options))
}

fn start(origin: Arc<Origin>, options: ConsumeOptions) -> Consumer {
    let (buffer, stop) = (Arc::new(Buffer::new()), CancellationToken::new());
    let closing = origin.connection.closing.clone();
    let consumers = origin.connection.consumers.clone();
    let receiving = receive(origin, options, Arc::clone(&buffer));
    let (stopped, ended) = (stop.clone(), Arc::clone(&buffer));
    consumers.spawn(async move {
        tokio::select! {
            () = stopped.cancelled() => {}
            () = closing.cancelled() => {}
            error = receiving => return ended.end_with(Err(error)),
        }
        ended.end();
    });
    Consumer::new(Deliveries { buffer, _stop: stop.drop_guard() })
}

/// Receives messages until a request fails, and returns the error.
async fn receive(origin: Arc<Origin>, options: ConsumeOptions, buffer: Arc<Buffer<Item>>) -> Error {
    let (broker, queue) = (Arc::clone(&origin.connection.broker), Arc::clone(&origin.queue));
    let mut poller = Poller::new(broker, queue, options.prefetch.max(1).into());
    loop {
        match poller.next(true).await {
            Ok(polled) => polled.into_iter().for_each(|polled| take(&origin, polled, &buffer)),
            Err(error) if error.kind() == ErrorKind::Topology && origin.queue.kind != QueueKind::External => {
                let queue = &origin.queue.name;
                tracing::warn!(queue, "a queue that is consumed was deleted; creating it again: {error:#}");
                if let Err(error) = restore(&origin).await {
                    return error;
                }
            }
            Err(error) => return error,
        }
    }
}

fn take(origin: &Arc<Origin>, (messages, mut room): Polled, buffer: &Buffer<Item>) {
    for received in messages {
        if let Some(accepted) = origin.accept(received, room.split(1)) {
            buffer.push(Ok(accepted));
        }
    }
}

/// Creates the queue again, without a time limit.
async fn restore(origin: &Origin) -> Result<()> {
    let (connection, mut delays) = (&origin.connection, BACKOFF.delays());
    loop {
        sleep(delays.next_delay()).await;
        let restored = match &origin.temporary {
            Some(temporary) => connection.temporaries.beat(&temporary.queue).await,
            None => prepare(connection, &origin.source, &origin.queue).await,
        };
        match restored {
            Err(error) if error.kind() == ErrorKind::Connection => {}
            restored => return restored,
        }
    }
}

/// Makes sure that the queue and the queue of its dead letters exist, so that a missing permission is an error at the
/// start and not at the first dead letter.
async fn prepare(connection: &Connection, source: &Source, queue: &LeasedQueue) -> Result<()> {
    if queue.kind == QueueKind::External {
        match connection.broker.status(queue).await {
            Err(error) if error.kind() != ErrorKind::Unsupported => return Err(error),
            _ => {}
        }
    } else {
        ensure_topics(connection, queue).await?;
        connection.broker.ensure(&Target::Queue(queue.clone())).await?;
    }
    if matches!(queue.kind, QueueKind::Work | QueueKind::External) {
        let dead = Target::Queue(targets::dead_letters(&connection.names, source));
        connection.broker.ensure(&dead).await?;
    }
    Ok(())
}

async fn ensure_topics(connection: &Connection, queue: &LeasedQueue) -> Result<()> {
    for topic in queue.topics.iter().filter(|topic| !topic.external) {
        let topic = Target::Topic(topic.clone());
        connection.broker.ensure(&topic).await?;
    }
    Ok(())
}

/// Repeats an operation while it fails with a temporary error, until `give_up`.
async fn again<T, F>(connection: &Connection, give_up: Instant, operation: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut delays = BACKOFF.delays();
    loop {
        let error = tokio::select! {
            result = operation() => match result {
                Err(error) if error.kind() == ErrorKind::Connection => error,
                result => return result,
            },
            () = connection.closing.cancelled() => return Err(closed_error()),
        };
        let delay = delays.next_delay();
        if Instant::now() + delay >= give_up {
            return Err(error);
        }
        sleep(delay).await;
    }
}

/// The stream of one consumer.
struct Deliveries {
    buffer: Arc<Buffer<Item>>,
    _stop: DropGuard,
}

impl Stream for Deliveries {
    type Item = Result<Delivery>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.buffer.poll_pop(context)) {
                Some(Ok((unsettled, envelope))) => {
                    if let Some(delivery) = unsettled.into_delivery(envelope) {
                        return Poll::Ready(Some(Ok(delivery)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.buffer.end();
    }
}
