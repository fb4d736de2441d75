//! `ps`, `describe` and `dlq`, on a real broker with services.

use std::time::{Duration, Instant};

use lapin::ConnectionProperties;
use lessmq::app::Running;
use lessmq::contract::Contract;
use lessmq::transport::{ConnectOptions, connect};
use lessmq::{App, Bus, Client};

use crate::support::{Output, Project};

mod check;
mod dlq;
mod poke;
mod versions;

const PATIENCE: Duration = Duration::from_secs(20);

fn url() -> String {
    std::env::var("LESSMQ_TEST_AMQP_URL").expect(
        "LESSMQ_TEST_AMQP_URL is not set: run `cargo xtask test`, or set it to the address of a RabbitMQ for tests, \
         as amqp://guest:guest@127.0.0.1:5672/%2f",
    )
}

#[lessmq::interface(service = "user")]
trait Users {
    async fn count(&self) -> u64;
}

mod newer {
    #[lessmq::interface(service = "user")]
    pub(super) trait Users {
        async fn count(&self) -> u64;
        async fn latest(&self) -> Option<u64>;
    }
}

#[lessmq::interface(service = "user")]
trait Admin {
    async fn block(&self, id: u64);
}

#[lessmq::interface(service = "mailer")]
trait Mailer {
    async fn send(&self, to: String);
}

struct Service;

impl Users for Service {
    async fn count(&self) -> u64 {
        7
    }
}

impl Admin for Service {
    async fn block(&self, _: u64) {}
}

impl newer::Users for Service {
    async fn count(&self) -> u64 {
        7
    }
    async fn latest(&self) -> Option<u64> {
        None
    }
}

/// The part of the broker that belongs to one test, and the services on it.
struct Scope {
    url: String,
    runtime: tokio::runtime::Runtime,
    namespace: String,
    project: Project,
    running: Vec<Running>,
}

impl Scope {
    fn new(name: &str) -> Self {
        Self::of(Project::empty(name))
    }

    fn of(project: Project) -> Self {
        let unique = uuid::Uuid::now_v7().simple().to_string();
        let namespace = format!("t-{}", &unique[unique.len() - 12..]);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { url: url(), runtime, namespace, project, running: Vec::new() }
    }

    /// Connects as a process with this name.
    fn connect(&self, name: &str) -> Bus {
        let mut options = ConnectOptions::default();
        options.namespace = self.namespace.parse().unwrap();
        let transport = self.runtime.block_on(connect(&self.url, options)).unwrap();
        Bus::new(transport).named(name)
    }

    /// Starts an app, which the bus sees as a separate process.
    fn start(&mut self, name: &str, app: impl FnOnce(App) -> App) {
        let app = app(App::new(self.connect(name)));
        let running = self.runtime.block_on(app.start()).unwrap();
        self.running.push(running);
    }

    /// Stops the app that was started first.
    fn stop_first(&mut self) {
        let running = self.running.remove(0);
        self.runtime.block_on(running.shut_down()).unwrap();
    }

    fn cli(&self, arguments: &[&str]) -> Output {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--namespace", &self.namespace]);
        arguments.insert(1, &self.url);
        self.project.cli(arguments)
    }

    /// The output of `ps` as soon as it lists the expected number of instances.
    fn ps(&self, expected: usize, arguments: &[&str]) -> Output {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let json = self.cli(&["ps", "--format", "json"]);
            let found: serde_json::Value = serde_json::from_str(&json.stdout).unwrap_or_default();
            let instances = found["instances"].as_array().cloned().unwrap_or_default();
            let ids: Vec<&str> = instances.iter().filter_map(|instance| instance["id"].as_str()).collect();
            let output = self.cli(arguments);
            if ids.len() == expected && ids.iter().all(|id| output.stdout.contains(id)) {
                return self.redact(output, &ids);
            }
            assert!(Instant::now() < deadline, "not {expected} instances: {json:?}");
        }
    }

    fn redact(&self, output: Output, ids: &[&str]) -> Output {
        let output = output.redact(&self.url, "[URL]").redact(&self.namespace, "[NAMESPACE]");
        let output = output.redact(env!("CARGO_PKG_VERSION"), "0.0.0");
        ids.iter().enumerate().fold(output, |output, (index, id)| {
            // With the same length, so that columns stay aligned.
            output.redact(id, &format!("{:#>width$}", index + 1, width = id.len()))
        })
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let running = std::mem::take(&mut self.running);
        let (url, namespace) = (self.url.clone(), self.namespace.clone());
        self.runtime.block_on(async {
            for running in running {
                let _ = running.shut_down().await;
            }
            clean_up(&url, &namespace).await;
        });
    }
}

/// Deletes what is left in the broker. After a failed test, the broker may be unreachable.
async fn clean_up(url: &str, namespace: &str) {
    let Ok(connection) = lapin::Connection::connect(url, ConnectionProperties::default()).await else {
        return;
    };
    let Ok(channel) = connection.create_channel().await else { return };
    let queues = [
        "user.calls",
        "user.commands",
        "user.commands.dead",
        "mailer.calls",
        "shop.calls",
        "shop.commands",
        "shop.commands.dead",
        "shop.commands.ordered",
        "shop.commands.ordered.dead",
        "shop.events.poke",
        "shop.events.poke.dead",
    ];
    for queue in queues {
        let _ = channel.queue_delete(format!("{namespace}.{queue}").into(), Default::default()).await;
    }
    for exchange in ["events", "retry"] {
        let _ = channel.exchange_delete(format!("{namespace}.{exchange}").into(), Default::default()).await;
    }
}

#[test]
fn ps_shows_services_copies_and_requirements() {
    let mut scope = Scope::new("ps");
    scope.start("user", |app| app.serve(UsersServer::new(Service)));
    scope.start("user", |app| app.serve(UsersServer::new(Service)));
    scope.start("gateway", |app| {
        app.requires::<UsersClient>().requires_or::<MailerClient>(lessmq::WhenAbsent::Warn)
    });
    scope.ps(3, &["ps"]).check("ps");
    let json = scope.ps(3, &["ps", "--format", "json"]);
    assert!(json.stdout.contains(UsersClient::contract().fingerprint().as_str()));
}

#[test]
fn a_consumer_of_one_interface_fits_a_service_of_two() {
    let mut scope = Scope::new("interfaces");
    scope.start("user", |app| app.serve(UsersServer::new(Service)).serve(AdminServer::new(Service)));
    scope.start("gateway", |app| app.requires::<UsersClient>());
    scope.ps(2, &["ps"]).check("ps-interfaces");
}

#[test]
fn copies_with_different_contracts_are_drift() {
    let mut scope = Scope::new("drift");
    scope.start("user-1", |app| app.serve(UsersServer::new(Service)));
    scope.start("user-2", |app| app.serve(newer::UsersServer::new(Service)));
    scope.ps(2, &["ps"]).check("ps-drift");
}

#[test]
fn an_empty_bus_has_no_instances() {
    let scope = Scope::new("empty-bus");
    scope.ps(0, &["ps", "--wait", "200"]).check("ps-empty");
}

#[test]
fn describe_prints_the_contract_of_a_live_service() {
    let mut scope = Scope::new("describe");
    scope.start("user", |app| app.serve(UsersServer::new(Service)));
    let described = scope.cli(&["describe", "user"]);
    assert_eq!((described.exit, described.stderr.as_str()), (0, ""));
    let contract = Contract::from_json(described.stdout.as_bytes()).unwrap();
    assert_eq!(contract, *UsersClient::contract());
}

#[test]
fn describing_an_absent_service_is_an_error() {
    let scope = Scope::new("describe-absent");
    let output = scope.cli(&["describe", "user", "--wait", "300"]);
    scope.redact(output, &[]).check("describe-absent");
}

#[test]
fn the_address_can_come_from_the_environment_and_its_password_is_never_shown() {
    let project = Project::empty("environment");
    let command = |arguments: &[&str]| {
        let mut command = project.command("", arguments);
        let output = command.env("LESSMQ_URL", "amqp://user:secret@127.0.0.1:1/").output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert!(!text.contains("secret"), "{text}");
        text
    };
    for arguments in [
        &["ps", "--timeout", "300"][..],
        &["describe", "user", "--timeout", "300"],
        &["call", "user.count", "--timeout", "300"],
        &["listen", "user", "--timeout", "300"],
        &["methods", "--timeout", "300"],
    ] {
        assert!(command(arguments).contains("cannot connect to the broker at amqp://127.0.0.1:1"));
    }
    for arguments in [&["ps", "--help"][..], &["describe", "--help"], &["describe"], &["ps", "--nope"]] {
        command(arguments);
    }
}

#[test]
fn a_missing_address_is_one_error_in_all_commands() {
    let project = Project::empty("no-address");
    project.cli(["ps"]).check("ps-no-address");
    let expected = project.cli(["call", "user.count"]).stderr;
    for arguments in [
        &["ps"][..],
        &["describe", "user"],
        &["methods"],
        &["send", "user.count"],
        &["listen", "user"],
        &["dlq", "ls"],
        &["dlq", "show", "user.commands"],
        &["dlq", "redrive", "user.commands"],
        &["dlq", "purge", "user.commands"],
    ] {
        let output = project.cli(arguments);
        assert_eq!((output.exit, &output.stderr), (2, &expected), "{arguments:?}");
    }
    project.cli(["describe", "amqp://127.0.0.1:1"]).check("describe-no-service");
    project.cli(["dlq", "show", "amqp://127.0.0.1:1"]).check("dlq-no-source");
}

#[test]
fn a_command_that_stops_connecting_prints_no_panic() {
    let project = Project::empty("impatient");
    for _ in 0..20 {
        for url in [url(), "amqp://127.0.0.1:1".to_owned()] {
            let output = project.cli(["call", &url, "user.count", "--timeout", "1", "--wait", "1"]);
            assert!(!output.stderr.contains("panicked"), "{output:?}");
        }
    }
}

#[test]
fn an_unusable_address_is_an_error_without_its_password() {
    let project = Project::empty("refused-brokers");
    for (name, url) in [
        ("absent", "amqp://user:secret@127.0.0.1:1/"),
        ("memory", "memory:"),
        ("unknown", "kafka://user:secret@localhost"),
        ("malformed", "amqp://user:secret@localhost:port"),
    ] {
        let output = project.cli(["ps", url, "--timeout", "500"]);
        assert!(!output.stderr.contains("secret"), "{output:?}");
        output.check(&format!("ps-refused-{name}"));
    }
}

#[test]
fn a_silent_listener_is_an_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let project = Project::empty("silent-broker");
    let output = project.cli(["ps", &format!("amqp://127.0.0.1:{port}"), "--timeout", "500"]);
    output.redact(&port.to_string(), "[PORT]").check("ps-refused-silent");
    let output = project.cli(["ps", &format!("amqp://127.0.0.1:{port}"), "--timeout", "1500"]);
    output.redact(&port.to_string(), "[PORT]").check("ps-waiting");
}
