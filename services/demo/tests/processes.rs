//! The services as separate processes on RabbitMQ, two of each.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use sqlx::{Connection as _, Row};
use uuid::Uuid;

use crate::support::{Folder, request, sign_up, until, welcome};

/// One process. It is killed with its test.
struct Process {
    child: Child,
    log: Arc<Mutex<String>>,
}

/// The folder, the namespace and the databases of one test.
struct Data {
    folder: Folder,
    namespace: String,
    /// The databases of `user` and `mailer`; `None` for files.
    databases: Option<[String; 2]>,
}

impl Data {
    fn new(databases: Option<[String; 2]>) -> Self {
        let namespace = format!("t-{}", &Uuid::now_v7().simple().to_string()[16..]);
        Self { folder: Folder::new(), namespace, databases }
    }

    /// Starts two processes of one service.
    fn pair(&self, program: &str) -> [Process; 2] {
        let database = self.databases.as_ref().map(|[user, mailer]| match program {
            program if program.ends_with("user") => user.as_str(),
            _ => mailer.as_str(),
        });
        [(); 2].map(|()| Process::start(program, self, database))
    }

    /// The mails in the database of the mailer, with the times at which they were sent, in this order.
    async fn record(&self) -> Vec<(String, i64)> {
        sqlx::any::install_default_drivers();
        let file = || format!("sqlite:{}/mailer.db", self.folder.path().display());
        let url = self.databases.as_ref().map_or_else(file, |[_, mailer]| mailer.clone());
        let mut connection = sqlx::AnyConnection::connect(&url).await.expect("the mailer has created it");
        let query = sqlx::query("SELECT id, sent_at FROM mails ORDER BY sent_at");
        let mails = query.fetch_all(&mut connection).await.expect("the table exists");
        mails.iter().map(|row| (format!("{}.eml", row.get::<String, _>(0)), row.get(1))).collect()
    }

    /// How many copies of `user` the broker hands calls to.
    async fn providers_of_user(&self) -> u32 {
        let connection = Connection::connect(&broker(), ConnectionProperties::default()).await;
        let connection = connection.expect("the broker accepts the login");
        let channel = connection.create_channel().await.expect("the connection is open");
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = format!("{}.user.calls", self.namespace);
        let queue = channel.queue_declare(queue.into(), options, FieldTable::default()).await;
        queue.expect("the queue exists").consumer_count()
    }
}

impl Process {
    fn start(program: &str, data: &Data, database: Option<&str>) -> Self {
        let url = broker();
        let mut child = Command::new(program)
            .env_clear()
            .envs([("LESSMQ_URL", url.as_str()), ("LESSMQ_NAMESPACE", data.namespace.as_str())])
            .envs([("HTTP_ADDR", "127.0.0.1:0"), ("RUST_LOG", "debug")])
            .env("DATA_DIR", data.folder.path())
            .envs(database.map(|url| ("DATABASE_URL", url)))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let (log, lines) = (Arc::new(Mutex::new(String::new())), child.stderr.take());
        let written = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(lines.expect("it is piped")).lines().map_while(Result::ok) {
                let mut log = written.lock().expect("no test panicked with it");
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self { child, log }
    }

    fn log(&self) -> String {
        self.log.lock().expect("no test panicked with it").clone()
    }

    /// Its address, once it handles messages.
    async fn ready(&self) -> SocketAddr {
        let address = || {
            let log = self.log();
            let (_, rest) = log.split_once("listening on http://")?;
            rest.split_whitespace().next()?.parse::<SocketAddr>().ok()
        };
        until("listening", async || address().is_some()).await;
        let address = address().expect("it was found before");
        until("being ready", async || {
            matches!(request(address, "GET", "/health/ready", "").await, Ok((200, _)))
        })
        .await;
        address
    }

    /// How many mails this process has sent.
    fn sent(&self) -> usize {
        self.log().matches(": wrote ").count()
    }

    /// Stops it with SIGTERM, and checks that it exits without an error.
    async fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(asked.is_ok_and(|status| status.success()));
        let child = Mutex::new(&mut self.child);
        until("the end of a process", async || {
            let mut child = child.lock().expect("no test panicked with it");
            child.try_wait().expect("it is a child of this process").is_some()
        })
        .await;
        let status = self.child.wait().expect("it has exited");
        assert!(status.success(), "{status}: {}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            // The test has failed already.
            let _ = writeln!(std::io::stderr(), "--- {}", self.log());
        }
    }
}

/// The address of the broker.
fn broker() -> String {
    std::env::var("LESSMQ_TEST_AMQP_URL").expect(
        "LESSMQ_TEST_AMQP_URL is not set: run `cargo xtask test`, or set it to the address of a RabbitMQ for tests",
    )
}

/// The address of a new schema on the PostgreSQL for tests.
async fn schema() -> String {
    let url = std::env::var("LESSMQ_TEST_POSTGRES_URL").expect(
        "LESSMQ_TEST_POSTGRES_URL is not set: run `cargo xtask test`, or set it to the address of a PostgreSQL for tests",
    );
    sqlx::any::install_default_drivers();
    let name = format!("test_{}", Uuid::now_v7().simple());
    let mut connection = sqlx::AnyConnection::connect(&url).await.expect("PostgreSQL accepts the login");
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"));
    sqlx::raw_sql(create).execute(&mut connection).await.expect("the schema is created");
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{name}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_gets_one_mail_in_order_while_copies_are_killed() {
    check(Data::new(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_gets_one_mail_in_order_on_postgresql() {
    check(Data::new(Some([schema().await, schema().await]))).await;
}

async fn check(data: Data) {
    // All start at the same time, and wait for the services that they require.
    let gateways = data.pair(env!("CARGO_BIN_EXE_demo-gateway"));
    let users = data.pair(env!("CARGO_BIN_EXE_demo-user"));
    let mailers = data.pair(env!("CARGO_BIN_EXE_demo-mailer"));
    let [first, second] = &gateways;
    let addresses = [first.ready().await, second.ready().await];
    for process in users.iter().chain(&mailers) {
        process.ready().await;
    }

    let mut expected = Vec::new();
    for number in 0..8 {
        let account = sign_up(addresses[number % 2], &format!("ada{number}@example.com")).await;
        expected.push(welcome(&account));
    }
    until("the third mail", async || data.folder.mails().len() >= 3).await;
    let [one, other] = mailers;
    assert!(one.sent() == 0 || other.sent() == 0, "one copy at a time keeps the order");
    let (active, standby) = if one.sent() > 0 { (one, other) } else { (other, one) };
    let before = data.record().await.len();
    drop(active);
    let [killed, left] = users;
    drop(killed);
    // A call that the broker still hands to the killed copy is lost: it may have been handled.
    until("the broker notices", async || data.providers_of_user().await == 1).await;
    expected.push(welcome(&sign_up(addresses[0], "grace@example.com").await));
    until("the last mail", async || data.folder.mails().len() == expected.len()).await;
    until("its record", async || data.record().await.len() == expected.len()).await;

    let sent = data.record().await;
    let order: Vec<_> = sent.iter().map(|(mail, _)| mail.clone()).collect();
    assert_eq!(order, expected, "every account has one mail, in the order of signing up");
    let mut files = expected.clone();
    files.sort();
    assert_eq!(data.folder.mails(), files);
    // One mail may have been in progress when they were counted.
    assert!(standby.sent() + 1 >= expected.len() - before, "the other copy took over");
    for (index, pair) in sent.windows(2).enumerate() {
        let pause = pair[1].1 - pair[0].1;
        assert!(pause >= 900, "mail {} came after {pause} ms", index + 2);
    }

    for process in gateways.iter().chain([&left, &standby]) {
        assert!(!process.log().contains(support::PASSWORD), "passwords are not logged");
    }
    for process in gateways.into_iter().chain([left, standby]) {
        process.stop().await;
    }
}
