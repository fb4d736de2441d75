//! The inbox: records which messages were handled before.

use std::time::Duration;

use super::connection::Connection;
use super::storage_error;
use crate::context::Context;
use crate::error::Result;

/// Records which messages a consumer has handled, in the transaction of the handler. So the handler's changes in that
/// transaction are made once, even if the message is delivered several times.
///
/// ```
/// # use lessmq::outbox::Inbox;
/// # async fn example(ctx: &lessmq::Context, pool: &sqlx::SqlitePool) -> lessmq::HandlerResult {
/// let inbox = Inbox::new("mailer");
/// let mut tx = pool.begin().await?;
/// if inbox.remember(ctx, &mut *tx).await? {
///     sqlx::query("UPDATE …").execute(&mut *tx).await?;
/// }
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Inbox {
    consumer: String,
}

impl Inbox {
    /// The inbox of one consumer. Several consumers with the same database, such as two groups, need separate inboxes.
    #[must_use]
    pub fn new(consumer: impl Into<String>) -> Self {
        Self { consumer: consumer.into() }
    }

    /// Creates the table, unless it exists.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn migrate<C: Connection>(connection: &mut C) -> Result<()> {
        let schema = connection.dialect().inbox;
        connection
            .run(schema)
            .await
            .map_err(|error| storage_error("cannot create the table of the inbox", error))
    }

    /// Records the message of `ctx` as handled. Returns `true` the first time, `false` if it was handled before. The
    /// record is valid when the transaction of `connection` is committed. If another transaction handles the same
    /// message, this waits for it. Make it the first statement of the transaction: SQLite rejects a transaction that
    /// reads first and then writes while another one writes.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn remember<C: Connection>(&self, ctx: &Context, connection: &mut C) -> Result<bool> {
        let (source, id) = (ctx.caller().to_owned(), ctx.message_id().to_string());
        let remembered = connection.remember(self.consumer.clone(), source, id).await;
        remembered.map_err(|error| storage_error("cannot record a message in the inbox", error))
    }

    /// Deletes the records of messages that were handled longer ago than `age`, and returns their number. `age` should
    /// be much longer than a message may spend in queues.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn forget<C: Connection>(&self, age: Duration, connection: &mut C) -> Result<u64> {
        let milliseconds = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let forgotten = connection.forget(self.consumer.clone(), milliseconds).await;
        forgotten.map_err(|error| storage_error("cannot remove old messages from the inbox", error))
    }
}
