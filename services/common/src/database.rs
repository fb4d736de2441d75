//! The database of a service: SQLite in a file, or PostgreSQL.

use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection};

use crate::config::DatabaseUrl;
use crate::error::StartError;

/// The limit for waiting for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The lock for copies of a service that start at the same time.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(5270471)";
const MIGRATION_UNLOCK: &str = "SELECT pg_advisory_unlock(5270471)";

/// A pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    pool: AnyPool,
}

impl Database {
    /// Opens the database, and creates the file and its folder if they are missing. Then runs `schema`: statements that
    /// both databases support, and that change nothing when they are repeated.
    ///
    /// # Errors
    /// `Database`, `Folder`.
    pub async fn open(url: &DatabaseUrl, schema: &'static str) -> Result<Self, StartError> {
        sqlx::any::install_default_drivers();
        url.folder().map_or(Ok(()), create_folder)?;
        let options = AnyPoolOptions::new().max_connections(8).acquire_timeout(ACQUIRE_TIMEOUT);
        let pool = match options.connect(url.as_str()).await {
            // The pool has retried, and does not report the cause.
            Err(sqlx::Error::PoolTimedOut) => return Err(connection_error(url).await.into()),
            opened => opened?,
        };
        migrate(&mut *pool.acquire().await?, schema).await?;
        Ok(Self { pool })
    }

    /// The connection pool.
    #[must_use]
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Whether the database responds.
    pub async fn responds(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }
}

/// Creates a folder and its parents.
///
/// # Errors
/// `Folder`.
pub fn create_folder(path: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(path).map_err(|source| StartError::Folder { path: path.to_owned(), source })
}

async fn connection_error(url: &DatabaseUrl) -> sqlx::Error {
    match tokio::time::timeout(ACQUIRE_TIMEOUT, AnyConnection::connect(url.as_str())).await {
        Ok(Err(error)) => error,
        _ => sqlx::Error::PoolTimedOut,
    }
}

async fn migrate(connection: &mut AnyConnection, schema: &'static str) -> Result<(), sqlx::Error> {
    if connection.backend_name() == "PostgreSQL" {
        sqlx::raw_sql(MIGRATION_LOCK).execute(&mut *connection).await?;
        let made = sqlx::raw_sql(schema).execute(&mut *connection).await;
        sqlx::raw_sql(MIGRATION_UNLOCK).execute(&mut *connection).await?;
        return made.map(drop);
    }
    // With a write-ahead log, readers do not wait for writers. Another copy that is starting may hold the lock.
    let mut attempts = 0;
    while let Err(error) = sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&mut *connection).await {
        attempts += 1;
        if attempts == 50 {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    sqlx::raw_sql(schema).execute(connection).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[tokio::test]
    async fn an_unreachable_database_is_an_error_with_its_cause_and_without_its_password() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let environment =
            Environment::default().with("DATABASE_URL", format!("postgres://u:secret@{address}/user"));
        let url = environment.database("user").expect("the settings are valid");
        let error = Database::open(&url, "").await.expect_err("no one listens");
        let text = format!("{error}: {:?}", std::error::Error::source(&error));
        assert!(text.contains("DATABASE_URL") && text.contains("refused"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
