//! Sends messages: with one batcher for each queue and topic, and repeated until the broker has stored a message.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::broker::{LeasedBroker, QueueKind, Target};
use super::message::LeasedMessage;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::kit::{Backoff, BatchOptions, Batcher};
use crate::transport::{closed_error, order_error};

/// The limit of requests to one queue or topic that are in flight at a time.
const IN_FLIGHT: usize = 4;
/// Delays between attempts.
pub(super) const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
/// The limit of idle targets in the cache. It is needed because each caller has a reply queue.
const MAX_IDLE_TARGETS: usize = 256;

/// Senders to all targets, by name.
pub(super) struct Senders {
    broker: Arc<dyn LeasedBroker>,
    closing: CancellationToken,
    by_target: Mutex<HashMap<Target, Arc<Sender>>>,
}

/// Sends to one queue or topic.
pub(super) struct Sender {
    broker: Arc<dyn LeasedBroker>,
    closing: CancellationToken,
    target: Arc<Target>,
    batcher: Batcher<Arc<LeasedMessage>>,
    exists: AtomicBool,
    ensuring: AsyncMutex<()>,
}

impl Senders {
    pub(super) fn new(broker: Arc<dyn LeasedBroker>, closing: CancellationToken) -> Self {
        Self { broker, closing, by_target: Mutex::default() }
    }

    pub(super) fn to(&self, target: Target) -> Arc<Sender> {
        let mut senders = self.by_target.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = senders.get(&target) {
            return Arc::clone(sender);
        }
        if senders.len() >= MAX_IDLE_TARGETS {
            senders.retain(|_, sender| Arc::strong_count(sender) > 1 || !sender.batcher.is_idle());
        }
        let sender = Sender::new(Arc::clone(&self.broker), self.closing.clone(), target.clone());
        Arc::clone(senders.entry(target).or_insert(Arc::new(sender)))
    }
}

impl Sender {
    fn new(broker: Arc<dyn LeasedBroker>, closing: CancellationToken, target: Target) -> Self {
        let (limits, target) = (broker.limits(), Arc::new(target));
        let options = BatchOptions {
            one_per_key: !limits.atomic_batches,
            ..BatchOptions::new(limits.capabilities.max_batch, IN_FLIGHT)
        };
        let (sending, to) = (Arc::clone(&broker), Arc::clone(&target));
        let batcher = Batcher::new(options, move |batch: Vec<Arc<LeasedMessage>>| {
            let (broker, target) = (Arc::clone(&sending), Arc::clone(&to));
            async move { broker.send(&target, &batch).await }
        });
        let exists = AtomicBool::new(!is_created_here(&target));
        Self { broker, closing, target, batcher, exists, ensuring: AsyncMutex::default() }
    }

    /// Sends a message once. It may have been stored even if this fails.
    pub(super) fn send(
        &self,
        message: Arc<LeasedMessage>,
    ) -> impl Future<Output = Result<()>> + Send + use<> {
        let (bytes, key) = (message.len(), message.key.clone());
        self.batcher.submit(message, bytes, key)
    }

    /// Stores a message. Tries again until `give_up`.
    pub(super) async fn store(&self, message: Arc<LeasedMessage>, give_up: Instant) -> Result<()> {
        self.store_all(vec![message], give_up).await.pop().unwrap_or(Ok(()))
    }

    /// Stores messages of one key, in order. Tries again until `give_up`. A message is not stored while an earlier one
    /// may still be stored.
    pub(super) async fn store_all(
        &self,
        messages: Vec<Arc<LeasedMessage>>,
        give_up: Instant,
    ) -> Vec<Result<()>> {
        let mut results = Vec::with_capacity(messages.len());
        let mut delays = BACKOFF.delays();
        while let Some(open) = messages.get(results.len()..).filter(|open| !open.is_empty()) {
            let attempt = timeout_at(give_up, self.attempt(open)).await;
            let Err(error) = take_final(attempt.unwrap_or_else(|_| Err(no_answer_error())), &mut results)
            else {
                continue;
            };
            let delay = delays.next_delay();
            let error = if self.closing.is_cancelled() { closed_error() } else { error };
            if error.kind() != ErrorKind::Connection || Instant::now() + delay >= give_up {
                let others = (results.len() + 1..messages.len()).map(|_| Err(order_error(error.kind())));
                let others: Vec<_> = others.collect();
                results.push(Err(error));
                results.extend(others);
                break;
            }
            tokio::select! {
                () = sleep(delay) => {}
                () = self.closing.cancelled() => {}
            }
        }
        results
    }

    async fn attempt(&self, messages: &[Arc<LeasedMessage>]) -> Result<Vec<Result<()>>> {
        self.ensure().await?;
        // Collected first, so that all messages are submitted at once.
        let sending: Vec<_> = messages.iter().map(|message| self.send(Arc::clone(message))).collect();
        let mut results = join_all(sending).await;
        if is_created_here(&self.target) {
            results.iter_mut().for_each(|result| self.check_exists(result));
        }
        Ok(results)
    }

    /// Creates a target before its first use, unless it is external.
    async fn ensure(&self) -> Result<()> {
        if self.exists.load(Ordering::Acquire) {
            return Ok(());
        }
        let _one_at_a_time = self.ensuring.lock().await;
        if !self.exists.load(Ordering::Acquire) {
            self.broker.ensure(&self.target).await?;
            self.exists.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Makes the next attempt create a target again that was deleted.
    fn check_exists(&self, result: &mut Result<()>) {
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Topology) {
            self.exists.store(false, Ordering::Release);
            let deleted = format!("`{}` was deleted", self.target.name());
            *result = Err(Error::new(ErrorKind::Connection, deleted));
        }
    }
}

/// Whether a sender creates a missing target. Reply queues are created by callers.
fn is_created_here(target: &Target) -> bool {
    let replies = matches!(target, Target::Queue(queue) if queue.kind == QueueKind::Replies);
    !replies && !target.is_external()
}

/// Moves results to `results`, up to the first one that needs another attempt.
///
/// # Errors
/// Why another attempt is needed.
fn take_final(attempt: Result<Vec<Result<()>>>, results: &mut Vec<Result<()>>) -> Result<()> {
    for result in attempt? {
        match result {
            Err(error) if error.kind() == ErrorKind::Connection => return Err(error),
            result => results.push(result),
        }
    }
    Ok(())
}

pub(super) fn no_answer_error() -> Error {
    Error::new(ErrorKind::Connection, "the broker did not answer in time")
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("target", &self.target).finish_non_exhaustive()
    }
}
