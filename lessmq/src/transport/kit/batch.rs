//! Combines items that many tasks submit at the same time into few requests.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{BatchLimit, order_error};

/// How a [`Batcher`] works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchOptions {
    /// The largest batch.
    pub limit: BatchLimit,
    /// How many batches may be in flight at a time; at least one.
    pub in_flight: usize,
    /// Whether a batch may have one item of each key at most. Required if a part of a request can fail: otherwise an
    /// item could be stored although an earlier one was not.
    pub one_per_key: bool,
}

impl BatchOptions {
    /// Batches of up to `limit`, of which `in_flight` may be in flight.
    #[must_use]
    pub const fn new(limit: BatchLimit, in_flight: usize) -> Self {
        Self { limit, in_flight, one_per_key: false }
    }
}

type Request<T, R> = dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<Result<R>>> + Send + Sync;

/// Joins items into batches, without a timer: an idle batcher sends what it gets at once, and what arrives while its
/// requests are in flight is the next batch.
///
/// Items of one key are sent in the order in which they were submitted, and are never in two requests at a time. When
/// one of them fails, those that wait behind it fail, too. Items without a key are in no order.
pub struct Batcher<T, R = ()> {
    shared: Arc<Shared<T, R>>,
}

struct Shared<T, R> {
    options: BatchOptions,
    request: Box<Request<T, R>>,
    state: Mutex<State<T, R>>,
}

struct State<T, R> {
    /// What the next batches are made of.
    ready: VecDeque<Item<T, R>>,
    /// For each key of which an item is ready or in flight: what waits behind it.
    behind: HashMap<Text, VecDeque<Item<T, R>>>,
    in_flight: usize,
}

struct Item<T, R> {
    value: T,
    bytes: usize,
    key: Option<Text>,
    result: oneshot::Sender<Result<R>>,
}

impl<T, R> Item<T, R> {
    /// Whether the future of its result still exists.
    fn is_awaited(&self) -> bool {
        !self.result.is_closed()
    }
}

impl<T: Send + 'static, R: Send + 'static> Batcher<T, R> {
    /// A batcher whose batches `request` sends. It returns one result for each item, in their order.
    pub fn new<F>(options: BatchOptions, request: impl Fn(Vec<T>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Vec<Result<R>>> + Send + 'static,
    {
        let request = Box::new(move |batch| request(batch).boxed());
        let state = State { ready: VecDeque::new(), behind: HashMap::new(), in_flight: 0 };
        Self { shared: Arc::new(Shared { options, request, state: Mutex::new(state) }) }
    }

    /// Hands in an item that counts as `bytes`, and returns its result. It takes its place now, not when the future is
    /// polled. An item whose future is dropped is not sent, unless it is in flight already; others are not affected.
    ///
    /// Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// That of the request; `Connection` when an earlier item of the same key failed.
    pub fn submit(
        &self,
        value: T,
        bytes: usize,
        key: Option<Text>,
    ) -> impl Future<Output = Result<R>> + Send + use<T, R> {
        let (sender, result) = oneshot::channel();
        self.shared.push(Item { value, bytes, key, result: sender });
        async move { result.await.unwrap_or_else(|_| Err(no_result_error())) }
    }

    /// Whether nothing waits and nothing is in flight.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let state = self.shared.state();
        state.in_flight == 0 && state.ready.is_empty()
    }
}

impl<T: Send + 'static, R: Send + 'static> Shared<T, R> {
    fn push(self: &Arc<Self>, item: Item<T, R>) {
        let mut state = self.state();
        match item.key.clone().map(|key| state.behind.entry(key)) {
            Some(Entry::Occupied(mut behind)) => return behind.get_mut().push_back(item),
            Some(Entry::Vacant(free)) => _ = free.insert(VecDeque::new()),
            None => {}
        }
        state.ready.push_back(item);
        if state.in_flight < self.options.in_flight.max(1) {
            state.in_flight += 1;
            drop(state);
            // The batch is made when this task runs, because other tasks may submit more items until then.
            tokio::spawn(Arc::clone(self).send_all());
        }
    }

    async fn send_all(self: Arc<Self>) {
        loop {
            let batch = self.next_batch();
            if batch.is_empty() {
                return;
            }
            let (values, senders): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|item| (item.value, (item.key, item.result))).unzip();
            let sending = AssertUnwindSafe(async { (self.request)(values).await }).catch_unwind();
            let mut results = sending.await.unwrap_or_default().into_iter();
            let results: Vec<_> =
                senders.iter().map(|_| results.next().unwrap_or_else(|| Err(no_result_error()))).collect();
            let mut keys = HashMap::new();
            for ((key, _), result) in senders.iter().zip(&results) {
                if let Some(key) = key {
                    *keys.entry(key.clone()).or_insert(true) &= result.is_ok();
                }
            }
            self.release_waiting(keys);
            for ((_, sender), result) in senders.into_iter().zip(results) {
                // A caller that has left does not need it.
                let _ = sender.send(result);
            }
        }
    }

    /// The next batch; where it is empty, one batch less is in flight.
    fn next_batch(&self) -> Vec<Item<T, R>> {
        let mut state = self.state();
        let batch = state.take(&self.options);
        state.in_flight -= usize::from(batch.is_empty());
        batch
    }

    /// For each key: if all items succeeded, makes the next waiting item ready; otherwise fails all items that wait
    /// behind it.
    fn release_waiting(&self, keys: HashMap<Text, bool>) {
        let mut failed = Vec::new();
        let mut state = self.state();
        for (key, succeeded) in keys {
            if succeeded {
                state.ready_next(&key);
            } else {
                failed.extend(state.behind.remove(&key).into_iter().flatten());
            }
        }
        drop(state);
        for item in failed {
            let _ = item.result.send(Err(order_error(ErrorKind::Connection)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, R> State<T, R> {
    fn take(&mut self, options: &BatchOptions) -> Vec<Item<T, R>> {
        let mut batch = Vec::new();
        let mut room = Room(options.limit);
        while let Some(item) = self.ready.pop_front() {
            if !item.is_awaited() {
                if let Some(key) = &item.key {
                    self.ready_next(key);
                }
                continue;
            }
            if !room.take(&item, batch.is_empty()) {
                self.ready.push_front(item);
                break;
            }
            let behind = item.key.as_ref().filter(|_| !options.one_per_key);
            let behind = behind.and_then(|key| self.behind.get_mut(key));
            batch.push(item);
            if let Some(behind) = behind {
                while behind.front().is_some_and(|next| !next.is_awaited() || room.take(next, false)) {
                    batch.extend(behind.pop_front().filter(Item::is_awaited));
                }
            }
        }
        batch
    }

    /// An item of this key has left: the next one is ready.
    fn ready_next(&mut self, key: &Text) {
        let Some(behind) = self.behind.get_mut(key) else { return };
        match behind.pop_front() {
            Some(next) => self.ready.push_back(next),
            None => _ = self.behind.remove(key),
        }
    }
}

/// What still fits into a batch.
struct Room(BatchLimit);

impl Room {
    /// Takes room for an item, if there is enough. The first one always fits: if it is too large, the broker says so.
    fn take<T, R>(&mut self, item: &Item<T, R>, first: bool) -> bool {
        let BatchLimit { messages, bytes } = self.0;
        let fits = first || (messages > 0 && bytes >= item.bytes);
        if fits {
            let (messages, bytes) = (messages.saturating_sub(1), bytes.saturating_sub(item.bytes));
            self.0 = BatchLimit { messages, bytes };
        }
        fits
    }
}

fn no_result_error() -> Error {
    Error::new(ErrorKind::Internal, "a request ended without a result for each of its messages")
}

impl<T, R> fmt::Debug for Batcher<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests;
