//! Implementations of the ports.

mod argon2_hasher;
mod sql_accounts;

pub(crate) use self::argon2_hasher::Argon2Hasher;
pub(crate) use self::sql_accounts::{SCHEMA, SqlAccounts};
