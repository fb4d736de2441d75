//! A service's own database: SQLite in a file, or PostgreSQL.

use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection};

use crate::config::DatabaseUrl;
use crate::error::StartError;

/// How long a query waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// The lock for copies of a service that start at once.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(5270471)";
const MIGRATION_UNLOCK: &str = "SELECT pg_advisory_unlock(5270471)";

/// A pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    pool: AnyPool,
}

impl Database {
    /// Opens the database, makes the file and its folder when they are missing, and runs `schema`, statements that
    /// both databases understand and that do nothing the second time.
    ///
    /// # Errors
    /// `Database`, `Folder`.
    pub async fn open(url: &DatabaseUrl, schema: &'static str) -> Result<Self, StartError> {
        sqlx::any::install_default_drivers();
        url.folder().map_or(Ok(()), make_folder)?;
        let options = AnyPoolOptions::new().max_connections(8).acquire_timeout(ACQUIRE);
        let pool = match options.connect(url.as_str()).await {
            // The pool has tried again and again, and does not tell why.
            Err(sqlx::Error::PoolTimedOut) => return Err(why_not(url).await.into()),
            opened => opened?,
        };
        migrate(&mut *pool.acquire().await?, schema).await?;
        Ok(Self { pool })
    }

    /// The connections.
    #[must_use]
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Whether the database answers.
    pub async fn is_there(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// `Folder`.
pub fn make_folder(path: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(path).map_err(|source| StartError::Folder { path: path.to_owned(), source })
}

async fn why_not(url: &DatabaseUrl) -> sqlx::Error {
    match tokio::time::timeout(ACQUIRE, AnyConnection::connect(url.as_str())).await {
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
    // Readers do not wait for writers then. Another copy that starts at the same moment may hold the file.
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
    async fn a_database_that_is_away_is_told_with_its_reason_and_without_its_password() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let environment =
            Environment::default().with("DATABASE_URL", format!("postgres://u:secret@{address}/user"));
        let url = environment.database("user").expect("it is an address");
        let error = Database::open(&url, "").await.expect_err("nobody listens");
        let told = format!("{error}: {:?}", std::error::Error::source(&error));
        assert!(told.contains("DATABASE_URL") && told.contains("refused"), "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
}
