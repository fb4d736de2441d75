//! The mailer on a bus.

use std::path::PathBuf;
use std::time::Duration;

use lessmq::Bus;
use mailer_service::{Config, build};
use service_common::Environment;
use tokio::time::{Instant, sleep};
use user_contract::{UserEventsClient, UserRegistered};
use uuid::Uuid;

/// The limit for what is expected to happen.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A folder that is deleted with its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("mailer-service-{}", Uuid::now_v7())))
    }

    fn has(&self, account: Uuid) -> bool {
        self.0.join(format!("mails/welcome-{account}.eml")).exists()
    }

    async fn until_it_has(&self, account: Uuid) {
        let deadline = Instant::now() + TIMEOUT;
        while !self.has(account) {
            assert!(Instant::now() < deadline, "no mail was sent");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Files that stay in the folder for temporary files do no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn start(bus: &Bus, folder: &Folder) -> lessmq::Running {
    let environment = Environment::default().with("DATA_DIR", &folder.0).with("HTTP_ADDR", "127.0.0.1:0");
    let config = Config::from_environment(&environment).expect("the settings are valid");
    let service = build(bus, &config).await.expect("the folder is created");
    service.app.start().await.expect("the bus is open")
}

fn registered(email: &str) -> UserRegistered {
    UserRegistered {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        display_name: "Ada".to_owned(),
        registered_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn an_event_that_is_delivered_twice_sends_one_mail() {
    let (bus, folder) = (Bus::memory(), Folder::new());
    let running = start(&bus, &folder).await;
    let events = UserEventsClient::new(&bus);
    let (first, second) = (registered("ada@example.com"), registered("grace@example.com"));
    let message = events.registered(first.clone()).into_outgoing().expect("it can be written");
    bus.send(message.clone()).await.expect("the bus is open");
    folder.until_it_has(first.id).await;
    std::fs::remove_file(folder.0.join(format!("mails/welcome-{}.eml", first.id))).expect("the mail exists");
    bus.send(message).await.expect("the bus is open");
    events.registered(second.clone()).await.expect("the bus is open");
    folder.until_it_has(second.id).await;
    assert!(!folder.has(first.id), "it was handled before");
    running.shut_down().await.expect("it stops without an error");
}

#[tokio::test]
async fn an_invalid_address_does_not_hold_up_other_mails() {
    let (bus, folder) = (Bus::memory(), Folder::new());
    let running = start(&bus, &folder).await;
    let events = UserEventsClient::new(&bus);
    let (bad, good) = (registered("no address"), registered("grace@example.com"));
    events.registered(bad.clone()).await.expect("the bus is open");
    events.registered(good.clone()).await.expect("the bus is open");
    folder.until_it_has(good.id).await;
    assert!(!folder.has(bad.id));
    running.shut_down().await.expect("it stops without an error");
}

#[tokio::test]
async fn an_invalid_address_of_a_mail_server_is_an_error() {
    let environment =
        Environment::default().with("SMTP_URL", "carrier pigeon").with("HTTP_ADDR", "127.0.0.1:0");
    let config = Config::from_environment(&environment).expect("the address is parsed later");
    let error = build(&Bus::memory(), &config).await.expect_err("the address is invalid");
    assert!(error.to_string().contains("SMTP_URL"), "{error:#}");
}
