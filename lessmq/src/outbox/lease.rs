//! The lease of the relay that publishes: of several copies, one at a time.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::connection::{Database, Statements};
use super::handle::Outbox;
use super::storage_error;
use crate::envelope::MessageId;
use crate::error::{Error, ErrorKind, Result};

/// How long a batch in flight may take when the process stops.
const LAST_PUBLISH: Duration = Duration::from_secs(3);

/// The lease of an outbox, for one holder.
pub(super) struct Lease<DB: Database> {
    outbox: Outbox<DB>,
    holder: String,
}

impl<DB: Database> Lease<DB> {
    pub(super) fn new(outbox: Outbox<DB>) -> Self {
        Self { outbox, holder: MessageId::new().to_string() }
    }

    /// Takes the lease. Returns `false` if another copy holds it.
    pub(super) async fn take(&self) -> Result<bool> {
        let mut connection = self.outbox.connection().await?;
        connection.take_lease(self.holder.clone(), self.milliseconds()).await.map_err(lease_error)
    }

    /// Renews the lease. Returns `false` if another copy has taken it, even if that copy has released it: it may have
    /// published the messages that were read before.
    pub(super) async fn renew(&self) -> Result<bool> {
        let mut connection = self.outbox.connection().await?;
        connection.renew_lease(self.holder.clone(), self.milliseconds()).await.map_err(lease_error)
    }

    /// Releases the lease.
    pub(super) async fn end(&self) -> Result<()> {
        let mut connection = self.outbox.connection().await?;
        connection.end_lease(self.holder.clone()).await.map_err(lease_error)
    }

    /// Renews the lease while a batch is in flight.
    pub(super) async fn hold<T>(
        &self,
        publish: impl Future<Output = T>,
        stop: &CancellationToken,
    ) -> Result<T> {
        let mut publish = pin!(publish);
        // The last renewal was up to a third ago, and the next is in another third: the lease has not expired by then.
        let mut renewal = tokio::time::interval(self.outbox.lease / 3);
        renewal.reset();
        loop {
            tokio::select! {
                biased;
                published = &mut publish => return Ok(published),
                () = stop.cancelled() => break,
                _ = renewal.tick() => {
                    if !self.renew().await? {
                        return Err(Error::new(ErrorKind::Storage, "another copy has taken the lease of the outbox"));
                    }
                }
            }
        }
        let unfinished = |_| Error::new(ErrorKind::Closed, "stopped while messages were in flight");
        tokio::time::timeout(LAST_PUBLISH, publish).await.map_err(unfinished)
    }

    fn milliseconds(&self) -> i64 {
        i64::try_from(self.outbox.lease.as_millis()).unwrap_or(i64::MAX)
    }
}

fn lease_error(error: sqlx::Error) -> Error {
    storage_error("cannot write the lease of the outbox", error)
}
