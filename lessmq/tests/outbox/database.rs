//! A database for each test.

use std::path::PathBuf;
use std::sync::Arc;

use lessmq::outbox::{Connection, Database};
use sqlx::{Any, AnyPool, Pool, Postgres, Sqlite};
use uuid::Uuid;

/// A new database. Its files are deleted with it.
pub struct Fresh<DB: Database> {
    pub pool: Pool<DB>,
    _folder: Option<Folder>,
}

impl<DB: Database> Fresh<DB> {
    /// A transaction.
    pub async fn begin(&self) -> sqlx::Transaction<'static, DB> {
        self.pool.begin().await.expect("the database is available")
    }

    /// Runs a statement.
    pub async fn run(&self, sql: &'static str) {
        let mut connection = self.pool.acquire().await.expect("the database is available");
        execute(&mut *connection, sql).await;
    }
}

async fn execute<C: Connection>(connection: &mut C, sql: &'static str) {
    connection.run(sql).await.expect("the statement is valid");
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Files that stay in the folder for temporary files do no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn folder() -> (Folder, String) {
    let path = std::env::temp_dir().join(format!("lessmq-outbox-{}", Uuid::now_v7()));
    std::fs::create_dir(&path).expect("the folder for temporary files is writable");
    let url = format!("sqlite:{}/test.db?mode=rwc", path.display());
    (Folder(path), url)
}

pub async fn sqlite() -> Arc<Fresh<Sqlite>> {
    let (folder, url) = folder();
    let pool = Pool::connect(&url).await.expect("the file is created");
    Arc::new(Fresh { pool, _folder: Some(folder) })
}

pub async fn any_of_sqlite() -> Arc<Fresh<Any>> {
    sqlx::any::install_default_drivers();
    let (folder, url) = folder();
    let pool = AnyPool::connect(&url).await.expect("the file is created");
    Arc::new(Fresh { pool, _folder: Some(folder) })
}

pub async fn postgres() -> Arc<Fresh<Postgres>> {
    let pool = Pool::connect(&postgres_url().await).await.expect("the new database is available");
    Arc::new(Fresh { pool, _folder: None })
}

pub async fn any_of_postgres() -> Arc<Fresh<Any>> {
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(&postgres_url().await).await.expect("the new database is available");
    Arc::new(Fresh { pool, _folder: None })
}

/// The address of a new schema.
async fn postgres_url() -> String {
    let url = std::env::var("LESSMQ_TEST_POSTGRES_URL").expect(
        "LESSMQ_TEST_POSTGRES_URL is not set: run `cargo xtask test`, or set it to the address of a PostgreSQL for \
         tests, as postgres://postgres@127.0.0.1:5432/postgres",
    );
    let schema = format!("test_{}", Uuid::now_v7().simple());
    let mut connection =
        <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.expect("PostgreSQL accepts the login");
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::raw_sql(create).execute(&mut connection).await.expect("the schema is created");
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{schema}")
}
