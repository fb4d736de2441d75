//! The interface `Users`, implemented by the use cases.

use std::sync::Arc;

use lessmq::Context;
use uuid::Uuid;

use super::interface::Users;
use super::types::{Account, GetError, Password, SignUpError};
use crate::application::{Accounts, GetAccount, PasswordHasher, SignUp, SignUpFailure};
use crate::domain::{self, AccountId, DisplayName, EmailAddress, NewPassword};

/// Runs the use cases for messages.
pub(crate) struct UsersOverMessages<A, H> {
    pub(crate) sign_up: SignUp<A, H>,
    pub(crate) get_account: GetAccount<A>,
}

impl<A: Accounts, H: PasswordHasher> UsersOverMessages<A, H> {
    pub(crate) fn new(accounts: A, hasher: H) -> Self {
        let accounts = Arc::new(accounts);
        Self {
            sign_up: SignUp { accounts: Arc::clone(&accounts), hasher },
            get_account: GetAccount { accounts },
        }
    }
}

impl<A: Accounts, H: PasswordHasher> Users for UsersOverMessages<A, H> {
    async fn sign_up(
        &self,
        ctx: &Context,
        email: String,
        password: Password,
        display_name: String,
    ) -> Result<Account, SignUpError> {
        let request_id = ctx.metadata().get("requestid").map(String::as_str).unwrap_or_default();
        let email = EmailAddress::parse(&email)
            .map_err(|error| SignUpError::InvalidEmail { reason: error.to_string() })?;
        let password = NewPassword::parse(password.expose())
            .map_err(|error| SignUpError::WeakPassword { reason: error.to_string() })?;
        let display_name = DisplayName::parse(&display_name)
            .map_err(|error| SignUpError::InvalidDisplayName { reason: error.to_string() })?;
        match self.sign_up.run(email, password, display_name).await {
            Ok(account) => {
                tracing::info!(id = %account.id, request_id, "an account was created");
                Ok(account.into())
            }
            Err(SignUpFailure::EmailTaken) => Err(SignUpError::EmailTaken),
            Err(SignUpFailure::Broken(error)) => {
                tracing::error!(request_id, "an account could not be created: {error:#}");
                Err(SignUpError::Unavailable)
            }
        }
    }

    async fn get(&self, id: Uuid) -> Result<Account, GetError> {
        match self.get_account.run(AccountId(id)).await {
            Ok(Some(account)) => Ok(account.into()),
            Ok(None) => Err(GetError::NotFound),
            Err(error) => {
                tracing::error!(%id, "an account could not be read: {error:#}");
                Err(GetError::Unavailable)
            }
        }
    }
}

impl From<domain::Account> for Account {
    fn from(account: domain::Account) -> Self {
        Self {
            id: account.id.0,
            email: account.email.into_string(),
            display_name: account.display_name.into_string(),
            created_at: account.created_at,
        }
    }
}
