//! Whole programs with `#[lessmq::main]`. Each runs in a separate process, which is this test binary.

use std::process::{Command, Output};

/// The variable with the name of the program that a process runs.
const PROGRAM: &str = "LESSMQ_TEST_PROGRAM";

mod connecting {
    #[lessmq::main]
    pub(super) async fn main() -> lessmq::Result<()> {
        tracing::info!("before it connects");
        lessmq::connect_from_env().await?;
        tracing::info!("after it has connected");
        Ok(())
    }
}

mod with_its_own_logging {
    #[lessmq::main]
    pub(super) async fn main() -> lessmq::Result<()> {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_ansi(false)
            .without_time()
            .with_target(false)
            .with_level(false)
            .init();
        lessmq::connect_from_env().await?;
        tracing::info!("after it has connected");
        Ok(())
    }
}

mod calling_a_broken_handler {
    use lessmq::App;

    /// Adds up.
    #[lessmq::interface(service = "sum")]
    trait Sum {
        /// Panics.
        async fn add(&self, a: u32) -> u32;
    }

    struct Broken;

    impl Sum for Broken {
        async fn add(&self, _a: u32) -> u32 {
            panic!("it is broken")
        }
    }

    #[lessmq::main]
    pub(super) async fn main() -> Result<(), lessmq::BoxError> {
        let bus = lessmq::connect_from_env().await?;
        let _running = App::new(bus.clone()).serve(SumServer::new(Broken)).start().await?;
        SumClient::new(&bus).add(1).await?;
        Ok(())
    }
}

mod waiting_for_a_provider {
    use std::time::Duration;

    use lessmq::{App, Bus, WhenAbsent};

    use crate::shop::ShopClient;

    #[lessmq::main]
    pub(super) async fn main() -> lessmq::Result<()> {
        let patience = WhenAbsent::Wait(Duration::from_millis(1500));
        App::new(Bus::memory()).requires_or::<ShopClient>(patience).run().await
    }
}

/// Runs the program that [`PROGRAM`] names; without it, there is nothing to do.
#[test]
fn run_program() {
    match std::env::var(PROGRAM).as_deref() {
        Ok("connecting") => _ = connecting::main(),
        Ok("with_its_own_logging") => _ = with_its_own_logging::main(),
        Ok("calling_a_broken_handler") => _ = calling_a_broken_handler::main(),
        Ok("waiting_for_a_provider") => _ = waiting_for_a_provider::main(),
        _ => {}
    }
}

fn command(program: &str, url: Option<&str>) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "program::run_program", "--nocapture"]).env(PROGRAM, program);
    command.env_remove("RUST_LOG").env_remove("LESSMQ_URL").env_remove("LESSMQ_NAMESPACE");
    if let Some(url) = url {
        command.env("LESSMQ_URL", url);
    }
    command
}

fn run(program: &str, url: Option<&str>) -> Output {
    command(program, url).output().unwrap()
}

fn log_of(program: &str, url: Option<&str>) -> String {
    let output = run(program, url);
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{log}");
    log
}

#[test]
fn a_program_can_set_up_its_own_logging() {
    let log = log_of("with_its_own_logging", Some("memory:"));
    assert_eq!(log.trim(), "after it has connected");
}

#[test]
fn a_program_without_logging_gets_one() {
    let log = log_of("connecting", Some("memory:"));
    assert!(log.contains("INFO") && log.contains("after it has connected"), "{log}");
}

#[test]
fn a_program_without_an_address_warns_that_it_is_alone() {
    let log = log_of("connecting", None);
    assert!(log.contains("WARN") && log.contains("LESSMQ_URL is not set"), "{log}");
}

#[test]
fn a_program_that_asks_for_the_bus_in_process_does_not_warn() {
    let log = log_of("connecting", Some("memory:"));
    assert!(!log.contains("WARN"), "{log}");
}

#[test]
fn an_empty_address_is_an_error() {
    let log = log_of("connecting", Some(""));
    assert!(log.contains("error: LESSMQ_URL is empty\nhint: write memory:"), "{log}");
}

#[test]
fn an_empty_namespace_is_an_error() {
    let mut command = command("connecting", Some("memory:"));
    let log = String::from_utf8(command.env("LESSMQ_NAMESPACE", "").output().unwrap().stderr).unwrap();
    assert!(log.contains("error: LESSMQ_NAMESPACE is empty\nhint: write lessmq"), "{log}");
}

#[test]
fn the_start_is_logged_with_what_the_program_serves() {
    let log = log_of("calling_a_broken_handler", Some("memory:"));
    let line = log.lines().find(|line| line.contains("running")).unwrap();
    for part in ["driver=\"memory\"", "provides=\"sum 0.", "consumes=\"sum.calls\""] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn the_error_of_a_caller_leads_to_the_log_of_the_provider() {
    let log = log_of("calling_a_broken_handler", Some("memory:"));
    let (_, rest) = log.split_once("error: the handler of `sum.add` failed (message ").expect(&log);
    let (id, _) = rest.split_once(')').unwrap();
    let provider =
        log.lines().find(|line| line.contains("`sum.add` failed") && line.contains("WARN")).unwrap();
    assert!(provider.contains(id) && provider.contains("it is broken"), "{provider}");
}

#[test]
fn a_program_that_waits_for_a_provider_says_so() {
    let log = log_of("waiting_for_a_provider", None);
    assert!(log.contains("waiting up to 1 s for a provider of `shop`"), "{log}");
}
