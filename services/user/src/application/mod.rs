//! The use cases and their ports.

mod get_account;
mod ports;
mod sign_up;

pub(crate) use self::get_account::GetAccount;
pub(crate) use self::ports::{Accounts, PasswordHasher, RegisterFailure};
pub(crate) use self::sign_up::{SignUp, SignUpFailure};

#[cfg(test)]
mod fakes;
