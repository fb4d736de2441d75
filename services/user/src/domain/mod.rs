//! Accounts: types and rules.

mod account;
mod display_name;
mod email;
mod password;

pub(crate) use self::account::{Account, AccountId};
pub(crate) use self::display_name::DisplayName;
pub(crate) use self::email::EmailAddress;
pub(crate) use self::password::{NewPassword, PasswordHash};
