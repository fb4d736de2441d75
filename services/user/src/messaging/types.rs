//! Types of the messages of the service `user`.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// The address of its owner, as it was given at sign-up.
    pub email: String,
    /// The name that its owner chose.
    pub display_name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Why an account was not created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum SignUpError {
    /// Another account has this address.
    EmailTaken,
    /// The address is not valid.
    InvalidEmail {
        /// What is wrong with it.
        reason: String,
    },
    /// The password is too easy to guess, or too long.
    WeakPassword {
        /// What is wrong with it.
        reason: String,
    },
    /// The name cannot be shown.
    InvalidDisplayName {
        /// What is wrong with it.
        reason: String,
    },
    /// The service is temporarily unavailable. The account may have been created.
    Unavailable,
}

/// Why no account is returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum GetError {
    /// No account has this id.
    NotFound,
    /// The service is temporarily unavailable.
    Unavailable,
}

/// An account has been created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserRegistered {
    /// The account's id.
    pub id: Uuid,
    /// The address of its owner.
    pub email: String,
    /// The name that its owner chose.
    pub display_name: String,
    /// When it was created.
    pub registered_at: Timestamp,
}

/// A password in clear text. It is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("writeOnly" = true))]
pub struct Password(String);

impl Password {
    /// A password as it was given.
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// The password itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
