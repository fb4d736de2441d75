//! Stores messages and the state of a service in one transaction, on SQLite and PostgreSQL.
//!
//! A service that saves its state and then publishes a message may stop in between, and the message is never published.
//! With an *outbox*, the message is stored in the same transaction as the state ([`Publish::store`]), and a relay
//! ([`Outbox::relay`]) publishes committed messages:
//!
//! ```
//! # use lessmq::outbox::Outbox;
//! # async fn example(
//! #     bus: lessmq::Bus,
//! #     pool: sqlx::SqlitePool,
//! #     registered: impl FnOnce() -> lessmq::Publish,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let outbox = Outbox::new(&pool);
//! outbox.migrate().await?;
//!
//! let mut tx = pool.begin().await?;
//! sqlx::query("INSERT INTO accounts …").execute(&mut *tx).await?;
//! registered().store(&mut *tx).await?; // events.registered(event).store(&mut *tx)
//! tx.commit().await?;
//!
//! let relayed = bus.clone();
//! lessmq::App::new(bus).background("outbox", |stop| outbox.relay(relayed, stop)).run().await?;
//! # Ok(())
//! # }
//! ```
//!
//! An [`Inbox`] is the counterpart for consumers: it records, in the transaction of the handler, which messages were
//! handled, so that a repeated delivery changes nothing. With both, messages are processed *effectively once*.
//!
//! # Guarantees
//!
//! - *At least once.* A message is deleted from the outbox after the broker has stored it. If the process dies in
//!   between, the message is published again, with the same message id.
//! - *In order.* The messages of one database are published in the order in which they were inserted, in batches.
//!   Messages of overlapping transactions have no order. A message that is published again after a failure or a crash
//!   may arrive after later ones. On ordered interfaces this does not happen: a message is published only after the
//!   broker has stored the earlier messages of its partition key.
//! - *One publisher at a time.* Of several copies of a service with one database, one publishes as long as there are
//!   messages. It holds a lease, which it renews. When the lease has expired (by the clock of the database), another
//!   copy takes over.
//! - *Nothing is lost.* While the broker or the database is unreachable, the relay tries again, with backoff. A message
//!   that can never be published (it is larger than the broker's limit) is set aside: it stays in the table with the
//!   reason in the column `failed`, and later messages are published. `UPDATE lessmq_outbox SET failed = NULL` retries
//!   it.

mod connection;
mod entry;
mod handle;
mod inbox;
mod lease;
mod relay;
mod schema;

use std::sync::LazyLock;

use tokio::sync::watch;

pub use self::connection::{Connection, Database};
use self::entry::Entry;
pub use self::handle::Outbox;
pub use self::inbox::Inbox;
pub use self::relay::{PUBLISHED, SET_ASIDE};
pub use self::schema::{POSTGRES_INBOX, POSTGRES_OUTBOX, SQLITE_INBOX, SQLITE_OUTBOX};
use crate::client::Publish;
use crate::error::{Error, ErrorKind, Result};

/// Wakes the relays of this process after a message was stored. Its transaction may not be committed yet.
static STORED: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::Sender::new(()));

impl Publish {
    /// Stores the message in the outbox instead of sending it. It is published after the transaction of `connection` is
    /// committed, and not if the transaction is rolled back. See [`outbox`](crate::outbox).
    ///
    /// # Errors
    /// `Encode`, `TooLarge`, `Config` as [`Publish::into_outgoing`]; `Storage` from the database. Roll the transaction
    /// back after an error.
    pub async fn store<C: Connection>(self, connection: &mut C) -> Result<()> {
        let entry = Entry::new(&self.into_outgoing()?)?;
        connection
            .insert(entry)
            .await
            .map_err(|error| storage_error("cannot store a message in the outbox", error))?;
        STORED.send_replace(());
        Ok(())
    }
}

fn storage_error(context: &'static str, error: sqlx::Error) -> Error {
    Error::new(ErrorKind::Storage, context).with_source(error)
}
