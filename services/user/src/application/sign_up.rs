//! Creating an account.

use std::sync::Arc;

use jiff::{Timestamp, Unit};

use super::ports::{Accounts, PasswordHasher, RegisterFailure};
use crate::domain::{Account, AccountId, DisplayName, EmailAddress, NewPassword};

/// Creates accounts.
pub(crate) struct SignUp<A, H> {
    pub(crate) accounts: Arc<A>,
    pub(crate) hasher: H,
}

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignUpFailure {
    #[error("another account has this address")]
    EmailTaken,
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

impl<A: Accounts, H: PasswordHasher> SignUp<A, H> {
    /// Creates an account and announces it.
    pub(crate) async fn run(
        &self,
        email: EmailAddress,
        password: NewPassword,
        display_name: DisplayName,
    ) -> Result<Account, SignUpFailure> {
        let hash = self.hasher.hash(password).await?;
        // Rounded to what the database stores, so that the reply equals what is read later.
        let created_at = Timestamp::now().round(Unit::Millisecond).map_err(anyhow::Error::from)?;
        let account = Account { id: AccountId::new(), email, display_name, created_at };
        match self.accounts.register(&account, &hash).await {
            Ok(()) => Ok(account),
            Err(RegisterFailure::EmailTaken) => Err(SignUpFailure::EmailTaken),
            Err(RegisterFailure::Broken(error)) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::fakes::{FakeAccounts, FakeHasher};

    fn use_case(accounts: FakeAccounts) -> SignUp<FakeAccounts, FakeHasher> {
        SignUp { accounts: Arc::new(accounts), hasher: FakeHasher }
    }

    async fn sign_up(
        use_case: &SignUp<FakeAccounts, FakeHasher>,
        email: &str,
    ) -> Result<Account, SignUpFailure> {
        let email = EmailAddress::parse(email).expect("the address is valid");
        let password = NewPassword::parse("SecureP@ss1!").expect("the password is valid");
        use_case.run(email, password, DisplayName::parse("Alice").expect("the name is valid")).await
    }

    #[tokio::test]
    async fn an_account_is_saved_with_the_hash_of_its_password_and_announced() {
        let use_case = use_case(FakeAccounts::default());
        let account = sign_up(&use_case, "alice@example.com").await.expect("the address is free");
        let saved = use_case.accounts.saved();
        assert_eq!(saved.len(), 1);
        assert_eq!(saved[0].0, account);
        assert_eq!(saved[0].1.0, "hash of 12 characters");
    }

    #[tokio::test]
    async fn an_address_has_one_account_regardless_of_letter_case() {
        let use_case = use_case(FakeAccounts::default());
        sign_up(&use_case, "alice@example.com").await.expect("the address is free");
        let second = sign_up(&use_case, "ALICE@example.com").await;
        assert!(matches!(second, Err(SignUpFailure::EmailTaken)), "{second:?}");
        assert_eq!(use_case.accounts.saved().len(), 1);
    }

    #[tokio::test]
    async fn a_store_that_fails_is_an_error() {
        let use_case = use_case(FakeAccounts::broken());
        let failure = sign_up(&use_case, "alice@example.com").await;
        assert!(matches!(failure, Err(SignUpFailure::Broken(_))), "{failure:?}");
    }
}
