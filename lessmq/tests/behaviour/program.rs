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

/// Runs the program that [`PROGRAM`] names; without it, there is nothing to do.
#[test]
fn run_program() {
    match std::env::var(PROGRAM).as_deref() {
        Ok("connecting") => _ = connecting::main(),
        Ok("with_its_own_logging") => _ = with_its_own_logging::main(),
        _ => {}
    }
}

fn run(program: &str, url: Option<&str>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "program::run_program", "--nocapture"]).env(PROGRAM, program);
    command.env_remove("RUST_LOG").env_remove("LESSMQ_URL");
    if let Some(url) = url {
        command.env("LESSMQ_URL", url);
    }
    command.output().unwrap()
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
