//! A database for each test.

use std::path::PathBuf;
use std::sync::Arc;

use lessmq::outbox::{Connection, Database};
use sqlx::{Any, AnyPool, Pool, Postgres, Sqlite};
use uuid::Uuid;

/// A new database; its files go with it.
pub struct Fresh<DB: Database> {
    pub pool: Pool<DB>,
    _folder: Option<Folder>,
}

impl<DB: Database> Fresh<DB> {
    /// A transaction.
    pub async fn begin(&self) -> sqlx::Transaction<'static, DB> {
        self.pool.begin().await.expect("the database is there")
    }

    /// Runs a statement of the test's own.
    pub async fn run(&self, sql: &'static str) {
        let mut connection = self.pool.acquire().await.expect("the database is there");
        execute(&mut *connection, sql).await;
    }
}

async fn execute<C: Connection>(connection: &mut C, sql: &'static str) {
    connection.run(sql).await.expect("the test's statement is right");
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a folder for temporary files does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn folder() -> (Folder, String) {
    let path = std::env::temp_dir().join(format!("lessmq-outbox-{}", Uuid::now_v7()));
    std::fs::create_dir(&path).expect("there is a folder for temporary files");
    let url = format!("sqlite:{}/test.db?mode=rwc", path.display());
    (Folder(path), url)
}

pub async fn sqlite() -> Arc<Fresh<Sqlite>> {
    let (folder, url) = folder();
    let pool = Pool::connect(&url).await.expect("the file can be made");
    Arc::new(Fresh { pool, _folder: Some(folder) })
}

pub async fn any_of_sqlite() -> Arc<Fresh<Any>> {
    sqlx::any::install_default_drivers();
    let (folder, url) = folder();
    let pool = AnyPool::connect(&url).await.expect("the file can be made");
    Arc::new(Fresh { pool, _folder: Some(folder) })
}

pub async fn postgres() -> Arc<Fresh<Postgres>> {
    let pool = Pool::connect(&postgres_url().await).await.expect("the new database is there");
    Arc::new(Fresh { pool, _folder: None })
}

pub async fn any_of_postgres() -> Arc<Fresh<Any>> {
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(&postgres_url().await).await.expect("the new database is there");
    Arc::new(Fresh { pool, _folder: None })
}

/// The address of a schema of the test's own.
async fn postgres_url() -> String {
    let url = std::env::var("LESSMQ_TEST_POSTGRES_URL").expect(
        "LESSMQ_TEST_POSTGRES_URL is not set: run `cargo xtask test`, or set it to the address of a PostgreSQL for \
         tests, as postgres://postgres@127.0.0.1:5432/postgres",
    );
    let schema = format!("test_{}", Uuid::now_v7().simple());
    let mut connection =
        <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.expect("PostgreSQL lets us in");
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::raw_sql(create).execute(&mut connection).await.expect("a schema can be made");
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{schema}")
}
