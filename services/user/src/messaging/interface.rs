//! The interfaces of the service `user`.

use uuid::Uuid;

use super::types::{Account, GetError, Password, SignUpError, UserRegistered};

/// Accounts.
#[lessmq::interface(service = "user")]
pub trait Users {
    /// Creates an account.
    async fn sign_up(
        &self,
        ctx: &lessmq::Context,
        /// The address of its owner. It has one account at most, regardless of letter case.
        email: String,
        /// 8 to 128 characters, with a letter and a character that is not a letter.
        password: Password,
        /// The name that its owner chose, 1 to 64 characters.
        display_name: String,
    ) -> Result<Account, SignUpError>;

    /// One account by id.
    #[idempotent]
    async fn get(&self, id: Uuid) -> Result<Account, GetError>;
}

/// Events of accounts.
#[lessmq::interface(service = "user", events, ordered)]
pub trait UserEvents {
    /// After an account has been created.
    async fn registered(&self, ctx: &lessmq::Context, event: UserRegistered) -> lessmq::HandlerResult;
}
