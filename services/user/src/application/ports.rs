//! The ports of the use cases.

use std::future::Future;

use crate::domain::{Account, AccountId, NewPassword, PasswordHash};

/// The store of accounts.
pub(crate) trait Accounts: Send + Sync + 'static {
    /// Saves a new account and announces it: both or neither.
    fn register(
        &self,
        account: &Account,
        password: &PasswordHash,
    ) -> impl Future<Output = Result<(), RegisterFailure>> + Send;

    /// One account, if it exists.
    fn by_id(&self, id: AccountId) -> impl Future<Output = anyhow::Result<Option<Account>>> + Send;
}

/// Why an account was not saved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegisterFailure {
    #[error("another account has this address")]
    EmailTaken,
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

/// Hashes passwords.
pub(crate) trait PasswordHasher: Send + Sync + 'static {
    /// The hash of a password, with a new salt.
    fn hash(&self, password: NewPassword) -> impl Future<Output = anyhow::Result<PasswordHash>> + Send;
}
