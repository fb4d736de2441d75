//! Receives from one queue: with several requests at a time while there is a backlog, and one while the queue is empty.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::broker::{LeasedBroker, LeasedQueue};
use super::message::Received;
use super::sender::BACKOFF;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::kit::Delays;

/// The limit of requests to one queue that are in flight at a time.
const MAX_REQUESTS_IN_FLIGHT: usize = 8;
/// How long a request waits for more room while there is a backlog: a request for one message costs as much as one for
/// ten.
const MORE_ROOM: Duration = Duration::from_millis(5);

/// Messages that were received together, with their permits.
pub(super) type Polled = (Vec<Received>, OwnedSemaphorePermit);

/// Receives from one queue.
pub(super) struct Poller {
    broker: Arc<dyn LeasedBroker>,
    queue: Arc<LeasedQueue>,
    /// One permit for each message that may be unsettled.
    room: Arc<Semaphore>,
    /// The limit of permits for one request.
    max: usize,
    requests: FuturesUnordered<BoxFuture<'static, (bool, Result<Polled>)>>,
    /// The wanted number of requests in flight.
    wanted: usize,
    delays: Delays,
    /// The delay of the next request after a failed one.
    pause: Option<Duration>,
}

impl Poller {
    pub(super) fn new(broker: Arc<dyn LeasedBroker>, queue: Arc<LeasedQueue>, room: usize) -> Self {
        let max = broker.limits().max_receive.clamp(1, room.max(1));
        let room = Arc::new(Semaphore::new(room.clamp(1, Semaphore::MAX_PERMITS)));
        let (requests, delays) = (FuturesUnordered::new(), BACKOFF.delays());
        Self { broker, queue, room, max, requests, wanted: 1, delays, pause: None }
    }

    /// The next messages, possibly none. Without `more`, no request is started, and `None` means that none is in
    /// flight. No message is lost if the future is dropped.
    ///
    /// # Errors
    /// As [`LeasedBroker::receive`], except that `Connection` is logged and tried again with backoff.
    pub(super) async fn next(&mut self, more: bool) -> Result<Option<Polled>> {
        loop {
            while more && self.requests.len() < self.wanted {
                let request = self.request();
                self.requests.push(request);
            }
            let Some((full, result)) = self.requests.next().await else { return Ok(None) };
            match result {
                Ok(polled) => {
                    self.succeeded();
                    // Only a full response shows that there are more messages.
                    self.wanted = if full {
                        (self.wanted + 1).min(MAX_REQUESTS_IN_FLIGHT)
                    } else {
                        self.wanted.saturating_sub(1).max(1)
                    };
                    return Ok(Some(polled));
                }
                Err(error) if error.kind() == ErrorKind::Connection => self.failed(&error),
                Err(error) => return Err(error),
            }
        }
    }

    fn request(&mut self) -> BoxFuture<'static, (bool, Result<Polled>)> {
        let pause = self.pause.take();
        let (broker, queue, room) =
            (Arc::clone(&self.broker), Arc::clone(&self.queue), Arc::clone(&self.room));
        let (max, backlog) = (self.max, self.wanted > 1);
        Box::pin(async move {
            if let Some(pause) = pause {
                sleep(pause).await;
            }
            let permit = take_room(&room, max, backlog).await;
            let (asked, wait) = (permit.num_permits(), broker.limits().max_wait);
            let received = broker.receive(&queue, asked, wait).await;
            let full = received.as_ref().is_ok_and(|received| received.len() >= asked);
            (full, received.map(|received| (received, permit)))
        })
    }

    fn succeeded(&mut self) {
        if !self.delays.is_reset() {
            tracing::info!(queue = self.queue.name, "receiving again");
            self.delays.reset();
        }
    }

    fn failed(&mut self, error: &Error) {
        if self.delays.is_reset() {
            let queue = &self.queue.name;
            tracing::warn!(queue, "cannot receive; trying again: {error:#}");
        }
        self.pause = Some(self.delays.next_delay());
        self.wanted = 1;
    }
}

/// Takes permits for 1 to `max` messages.
async fn take_room(room: &Arc<Semaphore>, max: usize, backlog: bool) -> OwnedSemaphorePermit {
    let permits = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut taken = loop {
        // The semaphore is never closed.
        if let Ok(permit) = Arc::clone(room).acquire_owned().await {
            break permit;
        }
    };
    let more = max - 1;
    if backlog && more > 0 {
        let waiting = timeout(MORE_ROOM, Arc::clone(room).acquire_many_owned(permits(more))).await;
        if let Ok(Ok(permit)) = waiting {
            taken.merge(permit);
            return taken;
        }
    }
    let free = room.available_permits().min(more);
    if let Ok(permit) = Arc::clone(room).try_acquire_many_owned(permits(free)) {
        taken.merge(permit);
    }
    taken
}
