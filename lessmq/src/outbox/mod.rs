//! Messages and the state of a service in one transaction, on SQLite and PostgreSQL.
//!
//! A service that saves something and then publishes it may stop in between: saved and never published. With an
//! *outbox* the message is stored in the same transaction as the state ([`Publish::store`]), and a relay
//! ([`Outbox::relay`]) publishes what has been committed:
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
//! An [`Inbox`] is the other half: it remembers, in the handler's own transaction, which messages have been handled,
//! so that one that is delivered again changes nothing. Both together are *effectively once*.
//!
//! # Guarantees
//!
//! - *At least once.* A stored message is deleted after the broker has stored it. If the process dies between the
//!   two it is published again, with the same message id.
//! - *In order.* The messages of one database are published in the order in which they were inserted, in batches.
//!   Transactions that overlap have no order among each other. A message that is published again, after a failure or
//!   a crash, may arrive after later ones, except on ordered interfaces: there, no message is published before the
//!   earlier ones of its partition key are stored.
//! - *Once at a time.* Of several copies of a service on one database, one publishes as long as there are messages. It
//!   holds a lease that it renews. Another takes over when the lease has expired, by the clock of the database.
//! - *Nothing is lost.* While the broker or the database is unreachable, the relay tries again, with backoff. A message
//!   that can never be published (it is over the broker's limit of size) is set aside: it stays in the table, with its
//!   reason in the column `failed`, and the others continue. `UPDATE lessmq_outbox SET failed = NULL` retries it.

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

/// Wakes the relays of this process after a message was stored, though perhaps not committed yet.
static STORED: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::Sender::new(()));

impl Publish {
    /// Stores the message in the outbox instead of sending it: it is published after the transaction of `connection`
    /// has been committed, and never when it is rolled back. See [`outbox`](crate::outbox).
    ///
    /// # Errors
    /// `Encode`, `TooLarge`, `Config` as [`Publish::into_outgoing`]; `Storage` from the database. Roll the
    /// transaction back then.
    pub async fn store<C: Connection>(self, connection: &mut C) -> Result<()> {
        let entry = Entry::new(&self.into_outgoing()?)?;
        connection
            .insert(entry)
            .await
            .map_err(|error| storage("cannot store a message in the outbox", error))?;
        STORED.send_replace(());
        Ok(())
    }
}

fn storage(context: &'static str, error: sqlx::Error) -> Error {
    Error::new(ErrorKind::Storage, context).with_source(error)
}
