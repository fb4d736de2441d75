//! Processes that outlive the command which started them.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::program;

/// One process, told from a later one that happens to get the same number by the time at which it started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pid: u32,
    started: String,
}

/// A signal that [`Process::signal`] can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// `SIGTERM`: end in good order.
    Terminate,
    /// `SIGQUIT`: for PostgreSQL, end at once and take the children along.
    Quit,
    /// `SIGKILL`: end without a chance to do anything more.
    Kill,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
        }
    }
}

impl Process {
    /// The running process with number `pid`.
    #[must_use]
    pub fn find(pid: u32) -> Option<Self> {
        Some(Self { pid, started: start_time(pid)? })
    }

    /// This very process.
    ///
    /// # Errors
    /// If the system does not tell when it started.
    pub fn current() -> Result<Self> {
        Self::find(std::process::id()).context("cannot tell when this process started: is `ps` installed?")
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it still runs. One that ended and was not waited for by its parent does not.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        start_time(self.pid).as_ref() == Some(&self.started)
    }

    /// Sends `signal` if it still runs.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive() {
            kill(signal, &self.pid.to_string());
        }
    }

    /// Ends it by `signal`, or by force after `patience`, and returns once it is gone.
    ///
    /// # Errors
    /// If it is still there although it was killed.
    pub fn end(&self, signal: Signal, patience: Duration) -> Result<()> {
        self.signal(signal);
        if !wait_until(patience, || !self.is_alive()) {
            self.signal(Signal::Kill);
            if !wait_until(Duration::from_secs(10), || !self.is_alive()) {
                bail!("process {} does not end: end it by hand with `kill -9 {}`", self.pid, self.pid);
            }
        }
        Ok(())
    }
}

/// Ends every process of the group `leader`, in good order first.
pub fn end_group(leader: u32, patience: Duration) {
    let group = format!("-{leader}");
    kill(Signal::Terminate, &group);
    let gone = || !shell(&format!("kill -s 0 -- {group}"));
    if !wait_until(patience, gone) {
        kill(Signal::Kill, &group);
    }
}

/// Starts `command` as a server: in a process group of its own, so that Ctrl-C does not reach it, without input, and with
/// what it prints going to the file `log`.
///
/// # Errors
/// If the log cannot be written or the program cannot be started.
pub fn spawn_server(command: &mut Command, log: &Path) -> Result<Child> {
    let file = fs::OpenOptions::new().create(true).append(true).open(log);
    let file = file.with_context(|| format!("cannot write {}", log.display()))?;
    command.process_group(0).stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    command.spawn().with_context(|| format!("cannot start `{}`", program::typed(command)))
}

/// Waits until `ready` no longer fails, `child` ends, or `patience` is over.
///
/// # Errors
/// If the server ended or did not get ready; the error holds the end of its log.
pub fn wait_until_ready(
    child: &mut Child,
    log: &Path,
    patience: Duration,
    ready: impl Fn() -> Result<()>,
) -> Result<()> {
    let start = Instant::now();
    loop {
        let Err(reason) = ready() else { return Ok(()) };
        let ended = child.try_wait().context("cannot tell whether the server still runs")?;
        if let Some(status) = ended {
            bail!("it ended at once: {status}. The end of {}:\n{}", log.display(), tail(log));
        }
        if start.elapsed() > patience {
            let end = tail(log);
            bail!(
                "not ready after {} s: {reason:#}. The end of {}:\n{end}",
                patience.as_secs(),
                log.display()
            );
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Looks at `condition` every few milliseconds until it holds or `patience` is over; says whether it held.
pub fn wait_until(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > patience {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

fn kill(signal: Signal, target: &str) {
    shell(&format!("kill -s {} -- {target}", signal.name()));
}

/// `kill` is a built-in of every POSIX shell; as a program of its own it is not installed everywhere.
fn shell(line: &str) -> bool {
    let quiet = || Stdio::null();
    Command::new("sh")
        .args(["-c", line])
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .status()
        .is_ok_and(|s| s.success())
}

/// When process `pid` started, in whatever form the system tells it; `None` if it does not run.
fn start_time(pid: u32) -> Option<String> {
    if Path::new("/proc/self/stat").exists() {
        return start_time_in_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?);
    }
    let text =
        program::output(Command::new("ps").args(["-o", "state=,lstart=", "-p", &pid.to_string()])).ok()?;
    let text = text.trim();
    (!text.is_empty() && !text.starts_with('Z'))
        .then(|| text.split_once(' ').unwrap_or_default().1.to_owned())
}

/// Field 22 of `/proc/PID/stat` (proc(5)), unless field 3 says that the process has ended. Field 2, the program's name,
/// may hold spaces and brackets, so counting starts after its closing bracket.
fn start_time_in_stat(stat: &str) -> Option<String> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18).map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(state: &str) -> String {
        format!("42 (a b) c) {state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20 21")
    }

    #[test]
    fn the_start_time_is_read_past_a_name_with_brackets() {
        assert_eq!(start_time_in_stat(&stat("S")).as_deref(), Some("987654"));
    }

    #[test]
    fn an_ended_process_that_nobody_waited_for_is_not_alive() {
        assert_eq!(start_time_in_stat(&stat("Z")), None);
    }

    #[test]
    fn a_process_is_alive_until_it_is_ended() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep is everywhere");
        let process = Process::find(child.id()).expect("it runs");
        assert!(process.is_alive());
        process.end(Signal::Terminate, Duration::from_secs(10)).expect("it ends");
        assert!(!process.is_alive());
        child.wait().expect("it has ended");
    }

    #[test]
    fn another_process_with_the_same_number_is_left_alone() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep is everywhere");
        let earlier = Process { pid: child.id(), started: "long ago".to_owned() };
        earlier.end(Signal::Kill, Duration::from_secs(1)).expect("there is nothing to end");
        assert_eq!(child.try_wait().expect("it can be asked"), None);
        child.kill().expect("it runs");
        child.wait().expect("it has ended");
    }
}
