//! An account.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use super::{DisplayName, EmailAddress};

/// The id of an account. Ids sort by the time of their creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AccountId(pub(crate) Uuid);

impl AccountId {
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One person's account.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) email: EmailAddress,
    pub(crate) display_name: DisplayName,
    pub(crate) created_at: Timestamp,
}
