//! The processes of a comparison. The parent measures, and starts children that serve and consume.
//!
//! The parent writes a number of messages. When the child has handled that many in total, it writes the processor time
//! that it has used so far, and the latency of each message since the last such line, in microseconds. It exits at the
//! end of its input.

use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::iter::once;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use cpu_time::ProcessTime;

use crate::messages::Happened;
use crate::{calls, events};

/// The task of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    OurServer,
    TwinServer,
    OurConsumer,
    TwinConsumer,
    RivalConsumer,
}

/// The events that a child has handled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handled(Arc<Mutex<Ages>>);

#[derive(Debug, Default)]
struct Ages {
    count: usize,
    new: Vec<Duration>,
}

impl Handled {
    /// Counts an event.
    pub(crate) fn count(&self, event: &Happened) {
        let age = event.age();
        let mut ages = self.ages();
        ages.count += 1;
        ages.new.push(age);
    }

    /// Waits until this number of events was handled, and takes the ages of the new ones.
    fn reach(&self, wanted: usize) -> Vec<Duration> {
        while self.ages().count < wanted {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::mem::take(&mut self.ages().new)
    }

    fn ages(&self) -> MutexGuard<'_, Ages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a child reports.
#[derive(Debug)]
pub(crate) struct Report {
    /// Since its start.
    pub(crate) processor: Duration,
    /// From publish to handled, for each event since the last report.
    pub(crate) latencies: Vec<Duration>,
}

impl Report {
    fn write(&self) -> String {
        let all = once(&self.processor).chain(&self.latencies);
        all.map(|duration| duration.as_micros().to_string()).collect::<Vec<_>>().join(" ")
    }

    fn read(line: &str) -> Result<Self> {
        let durations = line.split(' ').map(|micros| Ok(Duration::from_micros(micros.parse()?)));
        let mut latencies = durations.collect::<Result<Vec<_>>>()?;
        Ok(Self { processor: latencies.remove(0), latencies })
    }
}

/// The child's side.
pub(crate) fn play(role: Role, broker: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let handled = Handled::default();
    let _running: Box<dyn std::any::Any> = match role {
        Role::OurServer => Box::new(runtime.block_on(calls::ours::serve(broker))?),
        Role::TwinServer => Box::new(runtime.block_on(calls::twin::serve(broker))?),
        Role::OurConsumer => Box::new(runtime.block_on(events::ours::consume(broker, handled.clone()))?),
        Role::TwinConsumer => Box::new(runtime.block_on(events::twin::consume(broker, handled.clone()))?),
        Role::RivalConsumer => Box::new(runtime.block_on(events::rival::consume(broker, handled.clone()))?),
    };
    writeln!(stdout(), "ready")?;
    for line in stdin().lock().lines() {
        let latencies = handled.reach(line?.parse().context("expected a number of messages")?);
        let report = Report { processor: ProcessTime::now().as_duration(), latencies };
        writeln!(stdout(), "{}", report.write())?;
    }
    Ok(())
}

/// The parent's side. Dropping it stops the child.
#[derive(Debug)]
pub(crate) struct Peer {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a child and returns when it is ready.
    pub(crate) fn start(role: Role) -> Result<Self> {
        let role = role.to_possible_value().context("the role has no name")?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--role", role.get_name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a child process")?;
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().context("the output is not piped")?);
        let mut peer = Self { process, input, output };
        peer.line().context("the child process did not start")?;
        Ok(peer)
    }

    /// The report of the child when it has handled `wanted` messages in total.
    pub(crate) fn report_after(&mut self, wanted: usize) -> Result<Report> {
        let input = self.input.as_mut().context("the input is closed")?;
        writeln!(input, "{wanted}")?;
        Report::read(&self.line()?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        anyhow::ensure!(line.ends_with('\n'), "the child process exited early");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.input.take());
        // It exits at the end of its input.
        let _ = self.process.wait();
    }
}
