//! What the service `user` promises.

use uuid::Uuid;

use super::types::{Account, GetError, Password, SignUpError, UserRegistered};

/// Accounts.
#[lessmq::interface(service = "user")]
pub trait Users {
    /// Creates an account.
    async fn sign_up(
        &self,
        ctx: &lessmq::Context,
        /// The address of its owner; in one account only, whatever the case of its letters.
        email: String,
        /// 8 to 128 characters, among them a letter and another one.
        password: Password,
        /// What its owner wants to be called; 1 to 64 characters.
        display_name: String,
    ) -> Result<Account, SignUpError>;

    /// One account by id.
    #[idempotent]
    async fn get(&self, id: Uuid) -> Result<Account, GetError>;
}

/// What happens to accounts.
#[lessmq::interface(service = "user", events)]
pub trait UserEvents {
    /// After an account has been created.
    async fn registered(&self, ctx: &lessmq::Context, event: UserRegistered) -> lessmq::HandlerResult;
}
