//! Temporary queues, which exist as long as their process: reply queues and the queues of broadcasts.
//!
//! They are tagged with their owner and the time of its last heartbeat. Each process renews the tags of its queues. It
//! also removes queues of other processes whose tags were not renewed for three heartbeats, because their process was
//! killed. Only queues with all of these tags are removed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, Notify};
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use super::broker::{LeasedBroker, LeasedQueue, Target};
use super::sender::BACKOFF;
use crate::error::{ErrorKind, Result};
use crate::name::Name;

/// The interval at which the tags of a temporary queue are renewed.
pub const HEARTBEAT: Duration = Duration::from_secs(2 * 60);
/// After this many missed heartbeats, a queue counts as abandoned and is removed.
const MAX_MISSED_HEARTBEATS: u32 = 3;

/// How many times the removal of a queue is tried.
const MAX_REMOVAL_ATTEMPTS: usize = 4;

/// The namespace of the queue.
const NAMESPACE_TAG: &str = "lessmq-namespace";
/// The connection that owns the queue.
const OWNER_TAG: &str = "lessmq-owner";
/// The last heartbeat of the owner, in seconds since 1970.
const HEARTBEAT_TAG: &str = "lessmq-heartbeat";

/// The temporary queues of one connection.
pub(super) struct Temporaries {
    broker: Arc<dyn LeasedBroker>,
    namespace: String,
    prefix: String,
    /// The owner. Part of the queues' names.
    pub(super) owner: String,
    state: Mutex<State>,
    /// Held during a heartbeat or a removal, so that a heartbeat does not create a removed queue again.
    requests: AsyncMutex<()>,
    /// The background tasks that remove queues.
    background: TaskTracker,
    /// Wakes the heartbeat when there are no more queues.
    emptied: Notify,
}

#[derive(Default)]
struct State {
    queues: HashMap<String, LeasedQueue>,
    /// Whether the heartbeat task runs.
    beating: bool,
}

/// A temporary queue. It is removed when this is dropped.
pub(super) struct Temporary {
    pub(super) queue: Arc<LeasedQueue>,
    owner: Arc<Temporaries>,
}

impl Temporaries {
    pub(super) fn new(
        broker: Arc<dyn LeasedBroker>,
        namespace: &Name,
        prefix: String,
        background: TaskTracker,
    ) -> Self {
        let owner = uuid::Uuid::now_v7().simple().to_string();
        let namespace = namespace.to_string();
        let (state, requests, emptied) = (Mutex::default(), AsyncMutex::default(), Notify::new());
        Self { broker, namespace, prefix, owner, state, requests, background, emptied }
    }

    /// Creates a temporary queue.
    pub(super) async fn create(self: &Arc<Self>, queue: LeasedQueue) -> Result<Temporary> {
        // Recorded first, so that the queue is removed even if this future is dropped.
        let temporary = Temporary { queue: Arc::new(queue.clone()), owner: Arc::clone(self) };
        self.state().queues.insert(queue.name.clone(), queue);
        self.beat(&temporary.queue).await?;
        if !std::mem::replace(&mut self.state().beating, true) {
            tokio::spawn(Arc::clone(self).keep_alive());
        }
        Ok(temporary)
    }

    /// Creates the queue, or renews its tags, unless it was removed.
    pub(super) async fn beat(&self, queue: &LeasedQueue) -> Result<()> {
        let _one_at_a_time = self.requests.lock().await;
        if !self.state().queues.contains_key(&queue.name) {
            return Ok(());
        }
        let now = self.broker.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let tags = BTreeMap::from([
            (NAMESPACE_TAG.to_owned(), self.namespace.clone()),
            (OWNER_TAG.to_owned(), self.owner.clone()),
            (HEARTBEAT_TAG.to_owned(), now.as_secs().to_string()),
        ]);
        self.broker.ensure(&Target::Queue(LeasedQueue { tags, ..queue.clone() })).await
    }

    /// Removes all queues of this connection.
    pub(super) async fn remove_all(&self) -> Result<()> {
        let queues = std::mem::take(&mut self.state().queues);
        self.emptied.notify_one();
        join_all(queues.values().map(|queue| self.remove(queue))).await.into_iter().collect()
    }

    /// Removes a queue, with a few attempts.
    async fn remove(&self, queue: &LeasedQueue) -> Result<()> {
        let _one_at_a_time = self.requests.lock().await;
        let mut delays = BACKOFF.delays();
        for _ in 1..MAX_REMOVAL_ATTEMPTS {
            match self.broker.remove(queue).await {
                Err(error) if error.kind() == ErrorKind::Connection => sleep(delays.next_delay()).await,
                removed => return removed,
            }
        }
        self.broker.remove(queue).await
    }

    /// Renews the tags and removes orphaned queues, as long as there are queues.
    async fn keep_alive(self: Arc<Self>) {
        let mut beats_before_sweep = 0;
        loop {
            if beats_before_sweep == 0 {
                beats_before_sweep = self.sweep().await;
            }
            beats_before_sweep -= 1;
            tokio::select! {
                () = sleep(HEARTBEAT) => {}
                () = self.emptied.notified() => {}
            }
            let queues: Vec<_> = {
                let mut state = self.state();
                state.beating = !state.queues.is_empty();
                state.queues.values().cloned().collect()
            };
            if queues.is_empty() {
                return;
            }
            for result in join_all(queues.iter().map(|queue| self.beat(queue))).await {
                if let Err(error) = result {
                    tracing::warn!("cannot renew a temporary queue: {error:#}");
                }
            }
        }
    }

    /// Removes orphaned queues of other processes. Returns the number of heartbeats until the next time. This is the
    /// number of temporary queues, so that on average one process does it at each heartbeat.
    async fn sweep(&self) -> usize {
        let found = match self.broker.tagged(&self.prefix).await {
            Ok(found) => found,
            Err(error) => {
                tracing::debug!("cannot look for temporary queues without an owner: {error:#}");
                return 1;
            }
        };
        for queue in found.iter().filter(|queue| self.is_orphan(queue)) {
            match self.broker.remove(queue).await {
                Ok(()) => tracing::info!(queue = queue.name, "removed a temporary queue without an owner"),
                Err(error) if error.kind() == ErrorKind::Topology => {}
                Err(error) => tracing::debug!(queue = queue.name, "cannot remove an orphan: {error:#}"),
            }
        }
        found.len().max(1)
    }

    fn is_orphan(&self, queue: &LeasedQueue) -> bool {
        let tag = |name: &str| queue.tags.get(name).map(String::as_str);
        let heartbeat = tag(HEARTBEAT_TAG).and_then(|seconds| seconds.parse().ok());
        let last_beat =
            heartbeat.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        let silent = last_beat.and_then(|beat| self.broker.now().duration_since(beat).ok());
        queue.name.starts_with(&self.prefix)
            && tag(NAMESPACE_TAG) == Some(&self.namespace)
            && tag(OWNER_TAG).is_some_and(|owner| owner != self.owner)
            && silent.is_some_and(|silent| silent > HEARTBEAT * MAX_MISSED_HEARTBEATS)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let name = &self.queue.name;
        let (removed, empty) = {
            let queues = &mut self.owner.state().queues;
            (queues.remove(name).is_some(), queues.is_empty())
        };
        if empty {
            self.owner.emptied.notify_one();
        }
        let (true, Ok(runtime)) = (removed, Handle::try_current()) else { return };
        let (owner, queue) = (Arc::clone(&self.owner), Arc::clone(&self.queue));
        let removing = async move {
            if let Err(error) = owner.remove(&queue).await {
                let queue = &queue.name;
                tracing::debug!(queue, "cannot remove a temporary queue; others will: {error:#}");
            }
        };
        self.owner.background.spawn_on(removing, &runtime);
    }
}
