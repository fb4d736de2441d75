//! Reading an account.

use std::sync::Arc;

use super::ports::Accounts;
use crate::domain::{Account, AccountId};

/// Reads accounts.
pub(crate) struct GetAccount<A> {
    pub(crate) accounts: Arc<A>,
}

impl<A: Accounts> GetAccount<A> {
    /// One account, if it exists.
    pub(crate) async fn run(&self, id: AccountId) -> anyhow::Result<Option<Account>> {
        self.accounts.by_id(id).await
    }
}
