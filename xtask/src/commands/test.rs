//! `cargo xtask test`.

use std::io::{BufRead, BufReader, PipeReader, Write, pipe, stdout};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use xtask::guard::{Session, with_services};
use xtask::program::cargo;
use xtask::registries;
use xtask::summary::Summary;
use xtask::tools;

use super::deny;

/// The arguments of `test`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Passed to `cargo test`, to run only some tests: `-- --package lessmq --test behaviour`
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Whether cargo keeps what makes the next build of a changed crate faster. For the whole workspace that is as large as
/// everything else that cargo builds.
const INCREMENTAL: &str = "CARGO_INCREMENTAL";

/// Runs all tests, or those that the arguments select. The last line has the counts.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let arguments = &arguments.arguments;
    if arguments.is_empty() {
        deny::run()?;
        registries::prepare()?;
    }
    let mut command = command(arguments);
    if runs_tests_of("lessmq-cli", arguments) {
        command.envs(tools::ready()?);
    }
    let (summary, succeeded) = with_services(|session| cargo_test(session, &mut command))?;
    println!("\nthe slowest test programs:\n{}\n{summary}", summary.slowest());
    if !succeeded {
        bail!("tests failed: see above");
    }
    if summary.passed == 0 {
        bail!("no test ran: see `cargo xtask test --help`");
    }
    Ok(())
}

fn command(arguments: &[String]) -> Command {
    let mut command = cargo(["test", "--all-features", "--no-fail-fast"]);
    if !names_packages(arguments) {
        command.arg("--workspace");
    }
    if arguments.is_empty() && std::env::var_os(INCREMENTAL).is_none() {
        command.env(INCREMENTAL, "0");
    }
    command.args(arguments);
    command
}

fn names_packages(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

/// Whether the tests of a package run.
fn runs_tests_of(package: &str, arguments: &[String]) -> bool {
    !names_packages(arguments) || arguments.iter().any(|argument| argument.ends_with(package))
}

fn cargo_test(session: &mut Session, command: &mut Command) -> Result<(Summary, bool)> {
    // One pipe for both streams keeps the order of the programs' names and their results.
    let (output, input) = pipe().context("cannot make a pipe")?;
    command.stdout(input.try_clone().context("cannot make a pipe")?).stderr(input);
    let mut child = session.spawn(command)?;
    // Otherwise this process keeps the pipe open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || read(output, &sender));
    let status = child.wait().context("cannot wait for cargo")?;
    let mut summary = Summary::default();
    // The output ends with the last process that has it open. A test that leaves a process behind must not block this one.
    while let Ok(line) = receiver.recv_timeout(Duration::from_secs(10)) {
        summary.read(&line);
    }
    Ok((summary, status.success()))
}

/// Prints the output, and sends its lines.
fn read(output: PipeReader, lines: &mpsc::Sender<String>) {
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        // If the output is closed, the summary is still needed.
        let _shown = writeln!(stdout(), "{line}");
        if lines.send(line).is_err() {
            return;
        }
    }
}
