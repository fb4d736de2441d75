//! The statements of the outbox and the inbox, on each kind of connection.

use async_trait::async_trait;
use sqlx::{AnyConnection, PgConnection, Row, SqliteConnection};

use super::entry::Entry;
use super::schema::{self, Dialect};

/// A connection, or an open transaction, of SQLite or PostgreSQL: [`sqlx::SqliteConnection`],
/// [`sqlx::PgConnection`], or an [`sqlx::AnyConnection`] to one of the two.
pub trait Connection: Statements {}

/// A database whose connections are [`Connection`]s: [`sqlx::Sqlite`], [`sqlx::Postgres`] or [`sqlx::Any`].
pub trait Database: sqlx::Database<Connection: Connection> {}

impl<DB: sqlx::Database<Connection: Connection>> Database for DB {}

type Outcome<T> = Result<T, sqlx::Error>;

/// The statements on a connection. Other crates cannot name this trait, so [`Connection`] is sealed.
#[async_trait]
pub trait Statements: Send {
    /// The SQL dialect of this database.
    fn dialect(&self) -> &'static Dialect;
    /// Runs statements without results, in one transaction if the database supports that.
    async fn run(&mut self, sql: &'static str) -> Outcome<()>;
    /// Adds a message at the end.
    async fn insert(&mut self, entry: Entry) -> Outcome<()>;
    /// Whether there is a message to publish.
    async fn any(&mut self) -> Outcome<bool>;
    /// The first messages to publish, with their positions.
    async fn first(&mut self, limit: i64) -> Outcome<Vec<(i64, Entry)>>;
    /// Removes all of these messages, or none if one cannot be removed.
    async fn delete(&mut self, positions: Vec<i64>) -> Outcome<()>;
    /// Keeps a message in the table, and does not publish it.
    async fn set_aside(&mut self, position: i64, reason: String) -> Outcome<()>;
    /// Takes the lease. Returns `false` if there is another holder.
    async fn take_lease(&mut self, holder: String, milliseconds: i64) -> Outcome<bool>;
    /// Renews the lease. Returns `false` if another holder has taken it since, even if that holder has released it.
    async fn renew_lease(&mut self, holder: String, milliseconds: i64) -> Outcome<bool>;
    /// Releases the lease.
    async fn end_lease(&mut self, holder: String) -> Outcome<()>;
    /// Records a message as handled. Returns `false` if it was recorded before.
    async fn remember(&mut self, consumer: String, source: String, id: String) -> Outcome<bool>;
    /// Deletes the records of messages that are older than this.
    async fn forget(&mut self, consumer: String, milliseconds: i64) -> Outcome<u64>;
}

macro_rules! connection {
    ($connection:ty, $dialect:expr) => {
        impl Connection for $connection {}

        #[async_trait]
        impl Statements for $connection {
            fn dialect(&self) -> &'static Dialect {
                let dialect: fn(&$connection) -> &'static Dialect = $dialect;
                dialect(self)
            }

            async fn run(&mut self, sql: &'static str) -> Outcome<()> {
                sqlx::raw_sql(sql).execute(self).await.map(drop)
            }

            async fn insert(&mut self, entry: Entry) -> Outcome<()> {
                sqlx::query("INSERT INTO lessmq_outbox (address, attributes, payload) VALUES ($1, $2, $3)")
                    .bind(entry.address)
                    .bind(entry.attributes)
                    .bind(entry.payload)
                    .execute(self)
                    .await
                    .map(drop)
            }

            async fn any(&mut self) -> Outcome<bool> {
                let first = sqlx::query("SELECT position FROM lessmq_outbox WHERE failed IS NULL LIMIT 1");
                Ok(first.fetch_optional(self).await?.is_some())
            }

            async fn first(&mut self, limit: i64) -> Outcome<Vec<(i64, Entry)>> {
                let rows = sqlx::query(
                    "SELECT position, address, attributes, payload FROM lessmq_outbox \
                     WHERE failed IS NULL ORDER BY position LIMIT $1",
                )
                .bind(limit)
                .fetch_all(self)
                .await?;
                let entry = |row: &_| {
                    let row: &<<$connection as sqlx::Connection>::Database as sqlx::Database>::Row = row;
                    let (address, attributes, payload) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                    Ok((row.try_get(0)?, Entry { address, attributes, payload }))
                };
                rows.iter().map(entry).collect()
            }

            async fn delete(&mut self, positions: Vec<i64>) -> Outcome<()> {
                let positions = serde_json::Value::from(positions).to_string();
                sqlx::query(self.dialect().delete).bind(positions).execute(self).await.map(drop)
            }

            async fn set_aside(&mut self, position: i64, reason: String) -> Outcome<()> {
                let update = sqlx::query("UPDATE lessmq_outbox SET failed = $1 WHERE position = $2");
                update.bind(reason).bind(position).execute(self).await.map(drop)
            }

            async fn take_lease(&mut self, holder: String, milliseconds: i64) -> Outcome<bool> {
                let take = sqlx::query(self.dialect().take_lease).bind(holder).bind(milliseconds);
                Ok(take.execute(self).await?.rows_affected() == 1)
            }

            async fn renew_lease(&mut self, holder: String, milliseconds: i64) -> Outcome<bool> {
                let renew = sqlx::query(self.dialect().renew_lease).bind(holder).bind(milliseconds);
                Ok(renew.execute(self).await?.rows_affected() == 1)
            }

            async fn end_lease(&mut self, holder: String) -> Outcome<()> {
                let end = sqlx::query("DELETE FROM lessmq_outbox_lease WHERE holder = $1").bind(holder);
                end.execute(self).await.map(drop)
            }

            async fn remember(&mut self, consumer: String, source: String, id: String) -> Outcome<bool> {
                let insert = sqlx::query(self.dialect().remember).bind(consumer).bind(source).bind(id);
                Ok(insert.execute(self).await?.rows_affected() == 1)
            }

            async fn forget(&mut self, consumer: String, milliseconds: i64) -> Outcome<u64> {
                let delete = sqlx::query(self.dialect().forget).bind(consumer).bind(milliseconds);
                Ok(delete.execute(self).await?.rows_affected())
            }
        }
    };
}

connection!(SqliteConnection, |_| &schema::SQLITE);
connection!(PgConnection, |_| &schema::POSTGRES);
connection!(AnyConnection, |connection| match connection.backend_name() {
    "PostgreSQL" => &schema::POSTGRES,
    _ => &schema::SQLITE,
});
