//! Accounts in SQLite or PostgreSQL.

use anyhow::Context;
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};
use uuid::Uuid;

use crate::application::{Accounts, RegisterFailure};
use crate::domain::{Account, AccountId, DisplayName, EmailAddress, PasswordHash};
use crate::messaging::{UserEventsClient, UserRegistered};

/// The table, in SQL that both databases support.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
";

/// Accounts in a database. They are announced through its outbox.
pub(crate) struct SqlAccounts {
    pub(crate) pool: AnyPool,
    pub(crate) events: UserEventsClient,
}

impl Accounts for SqlAccounts {
    async fn register(&self, account: &Account, password: &PasswordHash) -> Result<(), RegisterFailure> {
        let mut tx = self.pool.begin().await.context("cannot begin a transaction")?;
        let inserted = sqlx::query(
            "INSERT INTO accounts (id, email, email_key, display_name, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(account.id.to_string())
        .bind(account.email.as_str())
        .bind(account.email.key())
        .bind(account.display_name.as_str())
        .bind(password.0.as_str())
        .bind(account.created_at.as_millisecond())
        .execute(&mut *tx)
        .await;
        match inserted {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                return Err(RegisterFailure::EmailTaken);
            }
            inserted => inserted.context("the account was not saved")?,
        };
        let registered = self.events.registered(UserRegistered {
            id: account.id.0,
            email: account.email.as_str().to_owned(),
            display_name: account.display_name.as_str().to_owned(),
            registered_at: account.created_at,
        });
        registered.store(&mut *tx).await.context("the account was not announced")?;
        Ok(tx.commit().await.context("the account was not saved")?)
    }

    async fn by_id(&self, id: AccountId) -> anyhow::Result<Option<Account>> {
        let query = sqlx::query("SELECT id, email, display_name, created_at FROM accounts WHERE id = $1");
        let row = query.bind(id.to_string()).fetch_optional(&self.pool).await?;
        row.as_ref().map(account).transpose()
    }
}

fn account(row: &AnyRow) -> anyhow::Result<Account> {
    let (id, email, name): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(Account {
        id: AccountId(Uuid::parse_str(&id)?),
        email: EmailAddress::parse(&email)?,
        display_name: DisplayName::parse(&name)?,
        created_at: Timestamp::from_millisecond(row.try_get(3)?)?,
    })
}

#[cfg(test)]
mod tests {
    use lessmq::Bus;
    use lessmq::outbox::Outbox;
    use service_common::{Database, Environment};

    use super::*;

    /// A folder that is deleted with its test.
    struct Folder(std::path::PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            // Files that stay in the folder for temporary files do no harm.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    async fn accounts() -> (SqlAccounts, Folder) {
        let folder = Folder(std::env::temp_dir().join(format!("user-service-{}", Uuid::now_v7())));
        let url = Environment::default()
            .with("DATA_DIR", &folder.0)
            .database("user")
            .expect("the settings are valid");
        let database = Database::open(&url, SCHEMA).await.expect("the file is created");
        Outbox::new(database.pool()).migrate().await.expect("the tables are created");
        let events = UserEventsClient::new(&Bus::memory());
        (SqlAccounts { pool: database.pool().clone(), events }, folder)
    }

    fn new_account(email: &str) -> Account {
        Account {
            id: AccountId::new(),
            email: EmailAddress::parse(email).expect("it is valid"),
            display_name: DisplayName::parse("Ada").expect("it is valid"),
            created_at: Timestamp::from_millisecond(1_700_000_000_123).expect("it is valid"),
        }
    }

    async fn register(accounts: &SqlAccounts, account: &Account) -> Result<(), RegisterFailure> {
        accounts.register(account, &PasswordHash("$argon2id$…".to_owned())).await
    }

    async fn announced(accounts: &SqlAccounts) -> i64 {
        let count = sqlx::query("SELECT COUNT(*) FROM lessmq_outbox").fetch_one(&accounts.pool).await;
        count.expect("the table exists").get(0)
    }

    #[tokio::test]
    async fn an_account_is_saved_and_announced() {
        let (accounts, _folder) = accounts().await;
        let ada = new_account("Ada@example.com");
        register(&accounts, &ada).await.expect("the address is free");
        assert_eq!(accounts.by_id(ada.id).await.expect("it can be read"), Some(ada));
        assert_eq!(announced(&accounts).await, 1);
    }

    #[tokio::test]
    async fn an_address_that_is_taken_is_rejected_and_not_announced() {
        let (accounts, _folder) = accounts().await;
        register(&accounts, &new_account("Ada@example.com")).await.expect("the address is free");
        let second = new_account("aDA@EXAMPLE.com");
        let second_result = register(&accounts, &second).await;
        assert!(matches!(second_result, Err(RegisterFailure::EmailTaken)), "{second_result:?}");
        assert_eq!(accounts.by_id(second.id).await.expect("it can be read"), None);
        assert_eq!(announced(&accounts).await, 1);
    }

    #[tokio::test]
    async fn an_account_that_cannot_be_announced_is_not_saved() {
        let (accounts, _folder) = accounts().await;
        sqlx::raw_sql("DROP TABLE lessmq_outbox").execute(&accounts.pool).await.expect("the table exists");
        let ada = new_account("ada@example.com");
        let failed = register(&accounts, &ada).await;
        assert!(matches!(failed, Err(RegisterFailure::Broken(_))), "{failed:?}");
        assert_eq!(accounts.by_id(ada.id).await.expect("it can be read"), None);
    }

    #[tokio::test]
    async fn one_of_two_concurrent_sign_ups_gets_the_address() {
        let (accounts, _folder) = accounts().await;
        let (first, second) = (new_account("ada@example.com"), new_account("ada@example.com"));
        let (first, second) = tokio::join!(register(&accounts, &first), register(&accounts, &second));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        assert_eq!(announced(&accounts).await, 1);
    }
}
