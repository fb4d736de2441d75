//! The mail to the owner of a new account.

use std::future::Future;

use uuid::Uuid;

use crate::domain::{InvalidRecipient, Mail};

/// Sends mails.
pub(crate) trait Postman: Send + Sync + 'static {
    /// Sends a mail. One that is sent again has the same id.
    fn send(&self, mail: &Mail) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Sends a mail to the owner of a new account.
pub(crate) struct SendWelcome<P> {
    pub(crate) postman: P,
}

/// Why no mail was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendWelcomeFailure {
    /// A retry does not help.
    #[error(transparent)]
    InvalidRecipient(#[from] InvalidRecipient),
    #[error("the mail was not sent")]
    NotSent(#[source] anyhow::Error),
}

impl<P: Postman> SendWelcome<P> {
    /// Sends the mail and returns it.
    pub(crate) async fn run(
        &self,
        account: Uuid,
        email: &str,
        name: &str,
    ) -> Result<Mail, SendWelcomeFailure> {
        let mail = Mail::welcome(account, email, name)?;
        self.postman.send(&mail).await.map_err(SendWelcomeFailure::NotSent)?;
        Ok(mail)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps the mails, or fails.
    #[derive(Default)]
    struct FakePostman {
        sent: Mutex<Vec<Mail>>,
        broken: bool,
    }

    impl Postman for FakePostman {
        async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
            anyhow::ensure!(!self.broken, "the test wants it");
            self.sent.lock().expect("no test panicked with it").push(mail.clone());
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_mail_is_sent_to_the_owner() {
        let use_case = SendWelcome { postman: FakePostman::default() };
        let mail = use_case.run(Uuid::nil(), "ada@example.com", "Ada").await.expect("the postman works");
        let sent = use_case.postman.sent.into_inner().expect("no test panicked with it");
        assert_eq!(sent, [mail]);
    }

    #[tokio::test]
    async fn a_mail_that_was_not_sent_can_be_retried() {
        let use_case = SendWelcome { postman: FakePostman { broken: true, ..FakePostman::default() } };
        let failure = use_case.run(Uuid::nil(), "ada@example.com", "Ada").await;
        assert!(matches!(failure, Err(SendWelcomeFailure::NotSent(_))), "{failure:?}");
    }

    #[tokio::test]
    async fn an_invalid_address_is_a_separate_failure() {
        let use_case = SendWelcome { postman: FakePostman::default() };
        let failure = use_case.run(Uuid::nil(), "ada", "Ada").await;
        assert!(matches!(failure, Err(SendWelcomeFailure::InvalidRecipient(_))), "{failure:?}");
    }
}
