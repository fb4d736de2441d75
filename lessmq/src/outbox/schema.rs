//! The tables and statements in the SQL dialect of each database.

/// The tables of the outbox on SQLite, for migrations without [`Outbox::migrate`](super::Outbox::migrate).
pub const SQLITE_OUTBOX: &str = "
CREATE TABLE IF NOT EXISTS lessmq_outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    attributes TEXT NOT NULL,
    payload BLOB NOT NULL,
    failed TEXT
);
CREATE TABLE IF NOT EXISTS lessmq_outbox_lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    ends BIGINT NOT NULL
);
";

/// The tables of the outbox on PostgreSQL, as [`SQLITE_OUTBOX`]. The lock is for copies that start at the same
/// time.
pub const POSTGRES_OUTBOX: &str = "
SELECT pg_advisory_xact_lock(7236829);
CREATE TABLE IF NOT EXISTS lessmq_outbox (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    address TEXT NOT NULL,
    attributes TEXT NOT NULL,
    payload BYTEA NOT NULL,
    failed TEXT
);
CREATE TABLE IF NOT EXISTS lessmq_outbox_lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    ends BIGINT NOT NULL
);
";

/// The table of the inbox on SQLite, for migrations without [`Inbox::migrate`](super::Inbox::migrate).
pub const SQLITE_INBOX: &str = "
CREATE TABLE IF NOT EXISTS lessmq_inbox (
    consumer TEXT NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    handled_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, source, id)
);
";

/// The table of the inbox on PostgreSQL, as [`SQLITE_INBOX`].
pub const POSTGRES_INBOX: &str = "
SELECT pg_advisory_xact_lock(7236829);
CREATE TABLE IF NOT EXISTS lessmq_inbox (
    consumer TEXT NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    handled_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, source, id)
);
";

/// The statements that differ between the two databases.
#[derive(Debug)]
pub struct Dialect {
    pub outbox: &'static str,
    pub inbox: &'static str,
    /// Its parameter is a JSON array of positions.
    pub delete: &'static str,
    pub take_lease: &'static str,
    pub renew_lease: &'static str,
    pub remember: &'static str,
    pub forget: &'static str,
}

/// Statements that need the database's clock, in milliseconds since 1970, or the items of a JSON array in `$1`.
macro_rules! dialect {
    ($outbox:expr, $inbox:expr, $now:literal, $items:literal) => {
        Dialect {
            outbox: $outbox,
            inbox: $inbox,
            delete: concat!("DELETE FROM lessmq_outbox WHERE position IN (", $items, ")"),
            take_lease: concat!(
                "INSERT INTO lessmq_outbox_lease (name, holder, ends) VALUES ('relay', $1, ",
                $now,
                " + $2) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends = excluded.ends ",
                "WHERE lessmq_outbox_lease.holder = excluded.holder OR lessmq_outbox_lease.ends < ",
                $now
            ),
            renew_lease: concat!("UPDATE lessmq_outbox_lease SET ends = ", $now, " + $2 WHERE holder = $1"),
            remember: concat!(
                "INSERT INTO lessmq_inbox (consumer, source, id, handled_at) VALUES ($1, $2, $3, ",
                $now,
                ") ON CONFLICT DO NOTHING"
            ),
            forget: concat!("DELETE FROM lessmq_inbox WHERE consumer = $1 AND handled_at < ", $now, " - $2"),
        }
    };
}

pub(super) static SQLITE: Dialect = dialect!(
    SQLITE_OUTBOX,
    SQLITE_INBOX,
    "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    "SELECT value FROM json_each($1)"
);
pub(super) static POSTGRES: Dialect = dialect!(
    POSTGRES_OUTBOX,
    POSTGRES_INBOX,
    "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
    "SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json))"
);
