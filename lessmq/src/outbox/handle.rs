//! The outbox of one database.

use std::fmt;
use std::time::Duration;

use super::connection::{Database, Statements};
use super::storage_error;
use crate::error::Result;

/// The first delay after a message was stored, because its transaction is still open.
pub(super) const MIN_POLL: Duration = Duration::from_millis(5);

/// The outbox of one database. See [the module](super) for its guarantees.
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

    /// Sets how often the relay looks for messages; every second by default. Messages that this process stores are
    /// found within milliseconds of their commit. The interval matters for messages of other copies that have stopped.
    #[must_use]
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll = interval.max(MIN_POLL);
        self
    }

    /// Sets the length of the lease; 10 seconds by default. After a copy was killed, the others wait this long before
    /// they publish.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(30));
        self
    }

    /// Creates the tables, unless they exist.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn migrate(&self) -> Result<()> {
        let mut connection = self.connection().await?;
        let schema = connection.dialect().outbox;
        let created = connection.run(schema).await;
        created.map_err(|error| storage_error("cannot create the tables of the outbox", error))
    }

    pub(super) async fn connection(&self) -> Result<sqlx::pool::PoolConnection<DB>> {
        self.pool
            .acquire()
            .await
            .map_err(|error| storage_error("the database of the outbox is unreachable", error))
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
