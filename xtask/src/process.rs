//! Processes that outlive the command that started them.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::program;

/// One process. Its start time distinguishes it from a later process with the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pid: u32,
    started: String,
}

/// A signal that [`Process::signal`] can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// `SIGTERM`: shut down.
    Terminate,
    /// `SIGQUIT`: PostgreSQL exits at once, with its children.
    Quit,
    /// `SIGKILL`: exit at once.
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
    /// The running process with the id `pid`.
    #[must_use]
    pub fn find(pid: u32) -> Option<Self> {
        Some(Self { pid, started: start_time(pid)? })
    }

    /// This process.
    ///
    /// # Errors
    /// If its start time cannot be read.
    pub fn current() -> Result<Self> {
        Self::find(std::process::id())
            .context("cannot read the start time of this process: is `ps` installed?")
    }

    /// Its id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it is running. A process that has exited is not, even if its parent has not waited for it.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        start_time(self.pid).as_ref() == Some(&self.started)
    }

    /// Sends `signal` if it is running.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive() {
            kill(signal, &self.pid.to_string());
        }
    }

    /// Ends it with `signal`, or with `SIGKILL` after `timeout`. Returns when it has exited.
    ///
    /// # Errors
    /// If it is still running after `SIGKILL`.
    pub fn end(&self, signal: Signal, timeout: Duration) -> Result<()> {
        self.signal(signal);
        if !wait_until(timeout, || !self.is_alive()) {
            self.signal(Signal::Kill);
            if !wait_until(Duration::from_secs(10), || !self.is_alive()) {
                bail!("process {} does not exit: end it with `kill -9 {}`", self.pid, self.pid);
            }
        }
        Ok(())
    }
}

/// Ends every process of the group `leader`, with `SIGTERM` first.
pub fn end_group(leader: u32, timeout: Duration) {
    let group = format!("-{leader}");
    kill(Signal::Terminate, &group);
    let gone = || !shell(&format!("kill -s 0 -- {group}"));
    if !wait_until(timeout, gone) {
        kill(Signal::Kill, &group);
    }
}

/// Starts `command` as a server: in a separate process group, so that Ctrl-C does not reach it, without input, and with its
/// output in the file `log`.
///
/// # Errors
/// If the log cannot be written, or the program cannot be started.
pub fn spawn_server(command: &mut Command, log: &Path) -> Result<Child> {
    let file = fs::OpenOptions::new().create(true).append(true).open(log);
    let file = file.with_context(|| format!("cannot write {}", log.display()))?;
    command.process_group(0).stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    command.spawn().with_context(|| format!("cannot start `{}`", program::typed(command)))
}

/// Waits until `ready` succeeds, `child` exits, or `timeout` is over.
///
/// # Errors
/// If the server exited or is not ready in time. The error has the end of its log.
pub fn wait_until_ready(
    child: &mut Child,
    log: &Path,
    timeout: Duration,
    ready: impl Fn() -> Result<()>,
) -> Result<()> {
    let start = Instant::now();
    loop {
        let Err(reason) = ready() else { return Ok(()) };
        let ended = child.try_wait().context("cannot check whether the server is running")?;
        if let Some(status) = ended {
            bail!("it exited: {status}. The end of {}:\n{}", log.display(), tail(log));
        }
        if start.elapsed() > timeout {
            let end = tail(log);
            bail!(
                "not ready after {} s: {reason:#}. The end of {}:\n{end}",
                timeout.as_secs(),
                log.display()
            );
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Checks `condition` every few milliseconds, until it is true or `timeout` is over. Returns whether it became true.
pub fn wait_until(timeout: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > timeout {
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

/// `kill` is a built-in of every POSIX shell. As a program it is not installed everywhere.
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

/// The start time of process `pid`, as the system prints it; `None` if it is not running.
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

/// Field 22 of `/proc/PID/stat` (proc(5)), unless field 3 says that the process has exited. Field 2, the name of the
/// program, may contain spaces and brackets, so the count starts after its closing bracket.
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
    fn the_start_time_is_found_after_a_name_with_brackets() {
        assert_eq!(start_time_in_stat(&stat("S")).as_deref(), Some("987654"));
    }

    #[test]
    fn a_zombie_is_not_alive() {
        assert_eq!(start_time_in_stat(&stat("Z")), None);
    }

    #[test]
    fn a_process_is_alive_until_it_is_ended() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep is installed");
        let process = Process::find(child.id()).expect("it is running");
        assert!(process.is_alive());
        process.end(Signal::Terminate, Duration::from_secs(10)).expect("it exits");
        assert!(!process.is_alive());
        child.wait().expect("it has exited");
    }

    #[test]
    fn another_process_with_the_same_number_is_left_alone() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep is installed");
        let earlier = Process { pid: child.id(), started: "long ago".to_owned() };
        earlier.end(Signal::Kill, Duration::from_secs(1)).expect("the other process is not ended");
        assert_eq!(child.try_wait().expect("it is a child of this process"), None);
        child.kill().expect("it is running");
        child.wait().expect("it has exited");
    }
}
