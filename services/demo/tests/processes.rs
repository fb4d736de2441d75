//! The services as processes of their own on RabbitMQ, two of each.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use sqlx::Row;
use uuid::Uuid;

use crate::support::{Folder, request, sign_up, until, welcome};

/// One process, killed with its test.
struct Process {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Process {
    fn start(program: &str, folder: &Folder, namespace: &str) -> Self {
        let url = std::env::var("LESSMQ_TEST_AMQP_URL").expect(
            "LESSMQ_TEST_AMQP_URL is not set: run `cargo xtask test`, or set it to the address of a RabbitMQ for tests",
        );
        let mut child = Command::new(program)
            .env_clear()
            .envs([("LESSMQ_URL", url.as_str()), ("LESSMQ_NAMESPACE", namespace)])
            .envs([("HTTP_ADDR", "127.0.0.1:0"), ("RUST_LOG", "info")])
            .env("DATA_DIR", folder.path())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let (log, lines) = (Arc::new(Mutex::new(String::new())), child.stderr.take());
        let written = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(lines.expect("it is piped")).lines().map_while(Result::ok) {
                let mut log = written.lock().expect("nobody panics with it");
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self { child, log }
    }

    fn log(&self) -> String {
        self.log.lock().expect("nobody panics with it").clone()
    }

    /// Where it listens, once it handles messages.
    async fn ready(&self) -> SocketAddr {
        let address = || {
            let log = self.log();
            let (_, rest) = log.split_once("listening on http://")?;
            rest.split_whitespace().next()?.parse::<SocketAddr>().ok()
        };
        until("listening", async || address().is_some()).await;
        let address = address().expect("it was there");
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

    /// Asks it to stop, and waits until it has done so well.
    async fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(asked.is_ok_and(|status| status.success()));
        let child = Mutex::new(&mut self.child);
        until("the end of a process", async || {
            let mut child = child.lock().expect("nobody panics with it");
            child.try_wait().expect("it is our child").is_some()
        })
        .await;
        let status = self.child.wait().expect("it has ended");
        assert!(status.success(), "{status}: {}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            // The test fails already.
            let _ = writeln!(std::io::stderr(), "--- {}", self.log());
        }
    }
}

/// Starts two processes of one service.
fn pair(program: &str, folder: &Folder, namespace: &str) -> [Process; 2] {
    [(); 2].map(|()| Process::start(program, folder, namespace))
}

/// When each mail was sent, by the mailer's own record, in that order.
async fn record(folder: &Folder) -> Vec<(String, i64)> {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}/mailer.db", folder.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.expect("the mailer has made it");
    let rows = sqlx::query("SELECT id, sent_at FROM mails ORDER BY sent_at").fetch_all(&pool).await;
    let mails = rows.expect("the table is there");
    mails.iter().map(|row| (format!("{}.eml", row.get::<String, _>(0)), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_gets_one_mail_in_order_though_a_mailer_is_killed() {
    let (folder, namespace) = (Folder::new(), format!("t-{}", &Uuid::now_v7().simple().to_string()[16..]));
    // All at once: who needs another waits for it.
    let gateways = pair(env!("CARGO_BIN_EXE_demo-gateway"), &folder, &namespace);
    let users = pair(env!("CARGO_BIN_EXE_demo-user"), &folder, &namespace);
    let mailers = pair(env!("CARGO_BIN_EXE_demo-mailer"), &folder, &namespace);
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
    until("the third mail", async || folder.mails().len() >= 3).await;
    let [one, other] = mailers;
    assert!(one.sent() == 0 || other.sent() == 0, "one copy at a time keeps the order");
    let (active, standby) = if one.sent() > 0 { (one, other) } else { (other, one) };
    drop(active);
    let before = record(&folder).await.len();
    until("the last mail", async || folder.mails().len() == expected.len()).await;
    until("its record", async || record(&folder).await.len() == expected.len()).await;

    let sent = record(&folder).await;
    let order: Vec<_> = sent.iter().map(|(mail, _)| mail.clone()).collect();
    assert_eq!(order, expected, "every account has one mail, in the order of signing up");
    let mut files = expected.clone();
    files.sort();
    assert_eq!(folder.mails(), files);
    assert!(standby.sent() >= expected.len() - before, "the other copy took over");
    for (index, pair) in sent.windows(2).enumerate() {
        let pause = pair[1].1 - pair[0].1;
        // The pace is kept by each copy for itself.
        let taken_over = (before..=before + 1).contains(&(index + 1));
        assert!(taken_over || pause >= 900, "mail {} came after {pause} ms", index + 2);
    }

    for process in gateways.into_iter().chain(users).chain([standby]) {
        process.stop().await;
    }
}
