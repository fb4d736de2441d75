//! The mailer on a bus, as the service `user` sees it.

use std::path::PathBuf;
use std::time::Duration;

use lessmq::Bus;
use mailer_service::{Config, build};
use service_common::Environment;
use tokio::time::{Instant, sleep};
use user_contract::{UserEventsClient, UserRegistered};
use uuid::Uuid;

/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("mailer-service-{}", Uuid::now_v7())))
    }

    fn has(&self, account: Uuid) -> bool {
        self.0.join(format!("mails/welcome-{account}.eml")).exists()
    }

    async fn until_it_has(&self, account: Uuid) {
        let deadline = Instant::now() + PATIENCE;
        while !self.has(account) {
            assert!(Instant::now() < deadline, "no mail came");
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a folder for temporary files does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn start(bus: &Bus, folder: &Folder) -> lessmq::app::Running {
    let environment = Environment::default().with("DATA_DIR", &folder.0).with("HTTP_ADDR", "127.0.0.1:0");
    let config = Config::from_environment(&environment).expect("nothing is malformed");
    let service = build(bus, &config).await.expect("the folder can be made");
    service.app.start().await.expect("the bus is there")
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
async fn an_event_that_comes_twice_makes_one_mail() {
    let (bus, folder) = (Bus::memory(), Folder::new());
    let running = start(&bus, &folder).await;
    let events = UserEventsClient::new(&bus);
    let (first, second) = (registered("ada@example.com"), registered("grace@example.com"));
    let message = events.registered(first.clone()).into_outgoing().expect("it can be written");
    bus.send(message.clone()).await.expect("the bus is there");
    folder.until_it_has(first.id).await;
    std::fs::remove_file(folder.0.join(format!("mails/welcome-{}.eml", first.id))).expect("it is there");
    bus.send(message).await.expect("the bus is there");
    events.registered(second.clone()).await.expect("the bus is there");
    folder.until_it_has(second.id).await;
    assert!(!folder.has(first.id), "it was handled before");
    running.shut_down().await.expect("it stops well");
}

#[tokio::test]
async fn an_address_that_is_none_does_not_keep_the_others_waiting() {
    let (bus, folder) = (Bus::memory(), Folder::new());
    let running = start(&bus, &folder).await;
    let events = UserEventsClient::new(&bus);
    let (bad, good) = (registered("no address"), registered("grace@example.com"));
    events.registered(bad.clone()).await.expect("the bus is there");
    events.registered(good.clone()).await.expect("the bus is there");
    folder.until_it_has(good.id).await;
    assert!(!folder.has(bad.id));
    running.shut_down().await.expect("it stops well");
}

#[tokio::test]
async fn an_address_of_a_mail_server_that_is_none_is_told() {
    let environment =
        Environment::default().with("SMTP_URL", "carrier pigeon").with("HTTP_ADDR", "127.0.0.1:0");
    let config = Config::from_environment(&environment).expect("the address is read later");
    let error = build(&Bus::memory(), &config).await.expect_err("it is no address");
    assert!(error.to_string().contains("SMTP_URL"), "{error:#}");
}
