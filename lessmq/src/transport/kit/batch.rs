//! Joins what many tasks hand in at the same time into few requests.

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
use crate::transport::BatchLimit;

/// How a [`Batcher`] works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchOptions {
    /// The largest batch.
    pub limit: BatchLimit,
    /// How many batches may be in flight at a time; at least one.
    pub in_flight: usize,
    /// Whether a batch may have one item of each key at most. For requests of which a part can fail: an item would
    /// otherwise be stored although one before it was not.
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
        async move { result.await.unwrap_or_else(|_| Err(lost())) }
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
            // The batch is made when this task runs: by then, others may have handed in more.
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
                senders.iter().map(|_| results.next().unwrap_or_else(|| Err(lost()))).collect();
            let mut keys = HashMap::new();
            for ((key, _), result) in senders.iter().zip(&results) {
                if let Some(key) = key {
                    *keys.entry(key.clone()).or_insert(true) &= result.is_ok();
                }
            }
            self.go_on(keys);
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

    /// Moves on what waits behind these keys, by whether all of their items succeeded.
    fn go_on(&self, keys: HashMap<Text, bool>) {
        let mut fallen = Vec::new();
        let mut state = self.state();
        for (key, succeeded) in keys {
            if succeeded {
                state.ready_next(&key);
            } else {
                fallen.extend(state.behind.remove(&key).into_iter().flatten());
            }
        }
        drop(state);
        for item in fallen {
            let _ = item.result.send(Err(Error::new(
                ErrorKind::Connection,
                "an earlier message of the same partition key was not stored",
            )));
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
            if item.result.is_closed() {
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
                while behind.front().is_some_and(|next| room.take(next, false)) {
                    batch.extend(behind.pop_front());
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

fn lost() -> Error {
    Error::new(ErrorKind::Internal, "a request ended without a result for each of its messages")
}

impl<T, R> fmt::Debug for Batcher<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "where a test meets an error, it has failed")]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::sleep;

    use super::*;

    type Sent = Arc<Mutex<Vec<Vec<u32>>>>;

    /// A broker that takes a second for each request, and refuses 13.
    fn batcher(options: BatchOptions) -> (Batcher<u32>, Sent) {
        let sent = Sent::default();
        let log = Arc::clone(&sent);
        let batcher = Batcher::new(options, move |batch: Vec<u32>| {
            log.lock().unwrap().push(batch.clone());
            async move {
                sleep(Duration::from_secs(1)).await;
                let refused = || Error::new(ErrorKind::Connection, "refused");
                batch.into_iter().map(|number| if number == 13 { Err(refused()) } else { Ok(()) }).collect()
            }
        });
        (batcher, sent)
    }

    fn options(messages: usize, in_flight: usize) -> BatchOptions {
        BatchOptions::new(BatchLimit { messages, bytes: 100 }, in_flight)
    }

    fn key(key: &str) -> Option<Text> {
        Some(key.into())
    }

    /// Submits items of one byte each at the same time; whether each succeeded.
    async fn submit_all(batcher: &Batcher<u32>, items: &[(u32, Option<Text>)]) -> Vec<bool> {
        let submitting = items.iter().map(|(value, key)| batcher.submit(*value, 1, key.clone()));
        join_all(submitting.collect::<Vec<_>>()).await.into_iter().map(|result| result.is_ok()).collect()
    }

    fn sent(sent: &Sent) -> Vec<Vec<u32>> {
        sent.lock().unwrap().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_batcher_sends_at_once_and_collects_while_it_is_busy() {
        let (batcher, log) = batcher(options(10, 1));
        let first = tokio::spawn(batcher.submit(1, 1, None));
        sleep(Duration::from_millis(1)).await;
        let results = submit_all(&batcher, &[(2, None), (3, None), (4, None)]).await;
        assert!(first.await.unwrap().is_ok() && results == [true; 3]);
        assert_eq!(sent(&log), [vec![1], vec![2, 3, 4]]);
        assert!(batcher.is_idle());
    }

    #[tokio::test(start_paused = true)]
    async fn batches_are_limited_by_count_and_bytes() {
        let (batcher, log) = batcher(options(3, 1));
        let sizes = [60, 60, 200, 1, 1, 1, 1];
        let submitting = (0..).zip(sizes).map(|(value, bytes)| batcher.submit(value, bytes, None));
        let results = join_all(submitting.collect::<Vec<_>>()).await;
        assert!(results.iter().all(Result::is_ok));
        assert_eq!(sent(&log), [vec![0], vec![1], vec![2], vec![3, 4, 5], vec![6]]);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_batches_are_in_flight() {
        let (batcher, log) = batcher(options(1, 2));
        let all =
            tokio::spawn(join_all((0..3).map(|value| batcher.submit(value, 1, None)).collect::<Vec<_>>()));
        sleep(Duration::from_millis(500)).await;
        assert_eq!(sent(&log), [vec![0], vec![1]]);
        all.await.unwrap();
        assert_eq!(sent(&log).len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn each_item_gets_its_own_result() {
        let (batcher, _) = batcher(options(10, 1));
        assert_eq!(submit_all(&batcher, &[(12, None), (13, None), (14, None)]).await, [true, false, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_leaves_does_not_take_others_along() {
        let (batcher, log) = batcher(options(10, 1));
        let in_flight = tokio::spawn(batcher.submit(1, 1, key("a")));
        sleep(Duration::from_millis(1)).await;
        let (gone, stays) = (batcher.submit(2, 1, key("a")), batcher.submit(3, 1, key("a")));
        drop(gone);
        in_flight.abort();
        assert!(stays.await.is_ok());
        assert_eq!(sent(&log), [vec![1], vec![3]]);
    }

    #[tokio::test(start_paused = true)]
    async fn items_of_one_key_stay_in_order_and_in_one_request_at_a_time() {
        let (batcher, log) = batcher(options(2, 4));
        let items: Vec<_> = (0..3).flat_map(|n| [(n, key("a")), (100 + n, key("b"))]).collect();
        assert_eq!(submit_all(&batcher, &items).await, [true; 6]);
        assert_eq!(sent(&log), [vec![0, 1], vec![100, 101], vec![2], vec![102]]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_stays_in_one_request_at_a_time_after_a_batch_of_its_items() {
        let (batcher, log) = batcher(options(2, 4));
        let first =
            tokio::spawn(join_all((0..3).map(|n| batcher.submit(n, 1, key("a"))).collect::<Vec<_>>()));
        sleep(Duration::from_millis(1500)).await;
        let later = tokio::spawn(batcher.submit(3, 1, key("a")));
        sleep(Duration::from_millis(100)).await;
        assert_eq!(sent(&log), [vec![0, 1], vec![2]], "3 waits behind 2");
        assert!(first.await.unwrap().iter().all(Result::is_ok) && later.await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_can_be_limited_to_one_item_of_a_key() {
        let (batcher, log) = batcher(BatchOptions { one_per_key: true, ..options(10, 4) });
        let items = [(0, key("a")), (1, key("a")), (100, key("b")), (200, None)];
        assert_eq!(submit_all(&batcher, &items).await, [true; 4]);
        assert_eq!(sent(&log), [vec![0, 100, 200], vec![1]]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_behind_a_failed_item_of_its_key_fails() {
        let (batcher, log) = batcher(BatchOptions { one_per_key: true, ..options(10, 4) });
        let items = [(13, key("a")), (1, key("a")), (2, key("a")), (3, key("b")), (4, key("b"))];
        assert_eq!(submit_all(&batcher, &items).await, [false, false, false, true, true]);
        assert_eq!(submit_all(&batcher, &[(5, key("a"))]).await, [true], "the key can be used again");
        assert_eq!(sent(&log), [vec![13, 3], vec![4], vec![5]]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_panics_or_returns_too_little_fails_its_items_only() {
        let batcher = Batcher::new(options(2, 1), |batch: Vec<u32>| async move {
            assert!(batch[0] != 13, "a panic that the test wants");
            vec![Ok(())]
        });
        assert_eq!(
            submit_all(&batcher, &[(13, None), (1, None), (2, None), (3, None)]).await,
            [false, false, true, false]
        );
        assert!(batcher.is_idle());
    }
}
