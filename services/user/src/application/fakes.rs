//! Fakes of the ports, for tests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ports::{Accounts, PasswordHasher, RegisterFailure};
use crate::domain::{Account, AccountId, NewPassword, PasswordHash};

/// Accounts in memory.
#[derive(Default)]
pub(crate) struct FakeAccounts {
    saved: Mutex<Vec<(Account, PasswordHash)>>,
    broken: bool,
}

impl FakeAccounts {
    /// A store that fails.
    pub(crate) fn broken() -> Self {
        Self { broken: true, ..Self::default() }
    }

    pub(crate) fn saved(&self) -> MutexGuard<'_, Vec<(Account, PasswordHash)>> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts for FakeAccounts {
    async fn register(&self, account: &Account, password: &PasswordHash) -> Result<(), RegisterFailure> {
        if self.broken {
            return Err(anyhow::anyhow!("the store is broken").into());
        }
        let mut saved = self.saved();
        if saved.iter().any(|(known, _)| known.email == account.email) {
            return Err(RegisterFailure::EmailTaken);
        }
        saved.push((account.clone(), password.clone()));
        Ok(())
    }

    async fn by_id(&self, id: AccountId) -> anyhow::Result<Option<Account>> {
        Ok(self.saved().iter().map(|(account, _)| account).find(|account| account.id == id).cloned())
    }
}

/// A hash that does not contain the password, and takes no time.
pub(crate) struct FakeHasher;

impl PasswordHasher for FakeHasher {
    async fn hash(&self, password: NewPassword) -> anyhow::Result<PasswordHash> {
        Ok(PasswordHash(format!("hash of {} characters", password.expose().len())))
    }
}
