//! Cleans up after a command, however it ends.
//!
//! The guard is a second process in a separate process group, so that Ctrl-C does not reach it. It reads its input
//! until the command exits: normally, by Ctrl-C, by `SIGTERM` or even by `SIGKILL`. Then the guard ends the processes
//! that the command has reported, and every server that the command or a test started and did not stop.

use std::env;
use std::io::{BufRead, Write, stdin};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, Process};
use crate::services::record::{self, Record};
use crate::services::{self, Found};

/// The hidden subcommand that runs [`watch`].
pub const SUBCOMMAND: &str = "guard";

/// Running services. Commands of a session have the addresses in their environment.
#[derive(Debug)]
pub struct Session {
    found: Vec<Found>,
    guard: Child,
}

/// Starts the services, runs `work`, and stops the services that it started, in all cases.
///
/// # Errors
/// If a service cannot be started, if the work fails, or if a server cannot be stopped.
pub fn with_services<T>(work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
    let mut session = Session { guard: start()?, found: Vec::new() };
    let worked = services::up().and_then(|found| {
        for found in &found {
            eprintln!("{found}");
        }
        session.found = found;
        work(&mut session)
    });
    let ended = session.end();
    let worked = worked?;
    ended?;
    Ok(worked)
}

/// Starts the services, and leaves them running. If this fails or is interrupted, it stops what it has started.
///
/// # Errors
/// If a service cannot be started.
pub fn services_up() -> Result<Vec<Found>> {
    let session = Session { guard: start()?, found: Vec::new() };
    let found = services::up().and_then(|found| services::keep().map(|()| found));
    let ended = session.end();
    let found = found?;
    ended?;
    Ok(found)
}

impl Session {
    /// Starts `command` with the addresses of the services in its environment, in a separate process group that ends with the
    /// session.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn spawn(&mut self, command: &mut Command) -> Result<Child> {
        let typed = crate::program::typed(command);
        eprintln!("==> {typed}");
        command.envs(self.found.iter().map(|found| (found.service.variable(), &found.url))).process_group(0);
        let child = command.spawn().with_context(|| format!("cannot start `{typed}`"))?;
        let input = self.guard.stdin.as_mut().context("the guard has an input")?;
        writeln!(input, "{}", child.id()).context("the guard exited early")?;
        Ok(child)
    }

    /// Starts `command` as [`Session::spawn`] does, and waits until it exits. A non-zero exit status is an error.
    ///
    /// # Errors
    /// If it cannot be started or fails.
    pub fn run(&mut self, command: &mut Command) -> Result<()> {
        let status = self.spawn(command)?.wait().context("cannot wait for it")?;
        if status.success() { Ok(()) } else { bail!("`{}` failed: {status}", crate::program::typed(command)) }
    }

    fn end(mut self) -> Result<()> {
        drop(self.guard.stdin.take());
        let status = self.guard.wait().context("cannot wait for the guard")?;
        if status.success() {
            Ok(())
        } else {
            bail!("a server was left running: see `cargo xtask services status`")
        }
    }
}

fn start() -> Result<Child> {
    let program = env::current_exe().context("cannot find the path of this program")?;
    let mut command = Command::new(program);
    command.arg(SUBCOMMAND).arg(std::process::id().to_string()).process_group(0).stdin(Stdio::piped());
    command.spawn().context("cannot start the guard")
}

/// The guard of process `parent`.
///
/// # Errors
/// If a process cannot be ended.
pub fn watch(parent: u32) -> Result<()> {
    let parent = Process::find(parent);
    let leaders = stdin().lock().lines().map_while(Result::ok).filter_map(|line| line.parse().ok());
    let groups: Vec<(u32, _)> = leaders.map(|leader| (leader, Process::find(leader))).collect();
    for (leader, was) in groups {
        // A process id is not reused while its group has members. So if no process has this id, the group still belongs
        // to this command.
        let now = Process::find(leader);
        if now.is_none() || now == was {
            process::end_group(leader, Duration::from_secs(10));
        }
    }
    let parents = |record: &Record| record.owner.is_some() && record.owner == parent;
    record::end_all(|record| parents(record) || record.is_orphan()).map(drop)
}
