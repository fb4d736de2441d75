//! Mails through a mail server.

use std::time::Duration;

use anyhow::Context;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::letter::letter;
use crate::domain::Mail;

/// How long the mail server may take for one step.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail server.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// `url` as lettre reads it: `smtp://host:port`, `smtps://user:password@host`, `…?tls=required`.
    pub(super) fn new(url: &str) -> anyhow::Result<Self> {
        // The cause is not told: it may repeat the password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
            anyhow::anyhow!("SMTP_URL cannot be read; write smtp://host:25 or smtps://user:password@host")
        })?;
        Ok(Self { transport: builder.timeout(Some(PATIENCE)).build() })
    }

    pub(super) async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        self.transport.send(letter(mail)?).await.context("the mail server did not take the mail")?;
        tracing::info!(mail = %mail.id, "sent");
        Ok(())
    }
}
