//! Accounts in SQLite or PostgreSQL.

use anyhow::Context;
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};
use uuid::Uuid;

use crate::application::{Accounts, RegisterFailure};
use crate::domain::{Account, AccountId, DisplayName, EmailAddress, PasswordHash};
use crate::messaging::{UserEventsClient, UserRegistered};

/// The table, in words that both databases know.
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

/// Accounts in a database, announced through its outbox.
pub(crate) struct SqlAccounts {
    pub(crate) pool: AnyPool,
    pub(crate) events: UserEventsClient,
}

impl Accounts for SqlAccounts {
    async fn register(&self, account: &Account, password: &PasswordHash) -> Result<(), RegisterFailure> {
        let mut tx = self.pool.begin().await.context("no transaction")?;
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
