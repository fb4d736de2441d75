//! The events that the mailer subscribes to.

use std::time::Duration;

use jiff::Timestamp;
use lessmq::outbox::Inbox;
use lessmq::{Context, HandlerError, HandlerResult};
use sqlx::{AnyPool, Row};
use user_contract::{UserEvents, UserRegistered};

use crate::application::{Postman, SendWelcome, SendWelcomeFailure};

/// The shortest time between two mails.
pub(crate) const MAIL_INTERVAL: Duration = Duration::from_secs(1);

/// The mails that were sent, in SQL that both databases support.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS mails (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    sent_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS mails_by_time ON mails (sent_at);
";

/// Sends a mail to the owner of every new account.
pub(crate) struct OnUserEvents<P> {
    pub(crate) pool: AnyPool,
    pub(crate) inbox: Inbox,
    pub(crate) send_welcome: SendWelcome<P>,
}

impl<P: Postman> UserEvents for OnUserEvents<P> {
    /// A mail is recorded in the transaction in which it is sent. If the process dies before the commit, the mail is
    /// sent again, with the same `Message-ID`.
    async fn registered(&self, event: UserRegistered) -> HandlerResult {
        let context = Context::current().expect("a handler has one");
        self.wait_for_interval().await?;
        let mut tx = self.pool.begin().await?;
        if !self.inbox.remember(&context, &mut *tx).await? {
            tracing::debug!(id = %context.message_id(), "handled before");
            return Ok(());
        }
        let sent = self.send_welcome.run(event.id, &event.email, &event.display_name).await;
        let mail = sent.map_err(|failure| match failure {
            SendWelcomeFailure::InvalidRecipient(_) => HandlerError::terminal(failure),
            SendWelcomeFailure::NotSent(_) => HandlerError::retryable(failure),
        })?;
        sqlx::query(
            "INSERT INTO mails (id, recipient, sent_at) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO UPDATE SET sent_at = excluded.sent_at",
        )
        .bind(mail.id.to_string())
        .bind(mail.to.to_string())
        .bind(Timestamp::now().as_millisecond())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }
}

impl<P> OnUserEvents<P> {
    /// Waits until the interval since the last mail of any copy is over. A layer limits the rate of each copy; this is
    /// for the moment in which another copy takes over.
    async fn wait_for_interval(&self) -> Result<(), sqlx::Error> {
        let last = sqlx::query("SELECT sent_at FROM mails ORDER BY sent_at DESC LIMIT 1");
        let Some(last) = last.fetch_optional(&self.pool).await? else { return Ok(()) };
        let since = Timestamp::now().as_millisecond().saturating_sub(last.try_get(0)?);
        // A clock that was set back gives a negative time, which counts as zero.
        let since = Duration::from_millis(u64::try_from(since).unwrap_or_default());
        tokio::time::sleep(MAIL_INTERVAL.saturating_sub(since)).await;
        Ok(())
    }
}

/// Removes messages from the inbox that were handled longer ago than `age`.
pub(crate) async fn forget(inbox: &Inbox, pool: &AnyPool, age: Duration) -> anyhow::Result<u64> {
    let mut connection = pool.acquire().await?;
    Ok(inbox.forget(age, &mut *connection).await?)
}
