//! What the mailer hears from others.

use jiff::Timestamp;
use lessmq::outbox::Inbox;
use lessmq::{Context, HandlerError, HandlerResult};
use sqlx::AnyPool;
use user_contract::{UserEvents, UserRegistered};

use crate::application::{Postman, SendWelcome, SendWelcomeFailure};

/// What was sent, in words that both databases know.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS mails (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    sent_at BIGINT NOT NULL
);
";

/// Greets the owner of every new account.
pub(crate) struct OnUserEvents<P> {
    pub(crate) pool: AnyPool,
    pub(crate) inbox: Inbox,
    pub(crate) send_welcome: SendWelcome<P>,
}

impl<P: Postman> UserEvents for OnUserEvents<P> {
    /// A mail is remembered in the transaction in which it is sent. If the process dies between the two it is sent
    /// again, under the same `Message-ID`.
    async fn registered(&self, ctx: &Context, event: UserRegistered) -> HandlerResult {
        let mut tx = self.pool.begin().await?;
        if !self.inbox.remember(ctx, &mut *tx).await? {
            tracing::debug!(id = ctx.message_id(), "handled before");
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
