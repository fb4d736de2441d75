//! The outbox of one database.

use std::fmt;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::connection::{Database, Statements};
use super::relay::{Relay, SHORTEST_PAUSE};
use super::storage;
use crate::bus::Bus;
use crate::error::Result;

/// The outbox of one database. See [the module](super) for what it guarantees.
pub struct Outbox<DB: Database> {
    pub(super) pool: sqlx::Pool<DB>,
    pub(super) poll: Duration,
    pub(super) lease: Duration,
}

impl<DB: Database> Outbox<DB> {
    /// The outbox in the database behind `pool`.
    #[must_use]
    pub fn new(pool: &sqlx::Pool<DB>) -> Self {
        Self { pool: pool.clone(), poll: Duration::from_secs(1), lease: Duration::from_secs(10) }
    }

    /// Looks for messages at least this often; every second otherwise. What this process stores is found within
    /// milliseconds of its commit; this is for what other copies left behind.
    #[must_use]
    pub fn poll_every(mut self, pause: Duration) -> Self {
        self.poll = pause.max(SHORTEST_PAUSE);
        self
    }

    /// How long a copy that died keeps the others from publishing; 10 seconds otherwise.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(30));
        self
    }

    /// Makes the tables, unless they are there.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn migrate(&self) -> Result<()> {
        let mut connection = self.connection().await?;
        let schema = connection.dialect().outbox;
        let made = connection.run(schema).await;
        made.map_err(|error| storage("the outbox's tables could not be made", error))
    }

    /// Publishes what is stored, until `stop`: for [`App::background`](crate::App::background). Several copies of a
    /// service may do this on one database.
    ///
    /// While the broker or the database fails, it tries again with backoff.
    ///
    /// # Errors
    /// `Closed` when the bus was closed before `stop`.
    pub async fn relay(self, bus: Bus, stop: CancellationToken) -> Result<()> {
        Relay::new(self, bus, stop).run().await
    }

    pub(super) async fn connection(&self) -> Result<sqlx::pool::PoolConnection<DB>> {
        self.pool.acquire().await.map_err(|error| storage("the outbox's database cannot be reached", error))
    }
}

impl<DB: Database> Clone for Outbox<DB> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), poll: self.poll, lease: self.lease }
    }
}

impl<DB: Database> fmt::Debug for Outbox<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("poll", &self.poll).field("lease", &self.lease).finish_non_exhaustive()
    }
}
