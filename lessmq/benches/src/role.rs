//! The processes of a comparison. The parent measures, and starts children that serve and consume.
//!
//! The parent writes a number of messages. When the child has handled that many in total, it writes the processor time
//! that it has used so far, in microseconds. It exits at the end of its input.

use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use cpu_time::ProcessTime;

use crate::{calls, events};

/// The task of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    OurServer,
    TwinServer,
    OurConsumer,
    TwinConsumer,
}

/// How many messages a child has handled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handled(Arc<AtomicUsize>);

impl Handled {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn reach(&self, wanted: usize) {
        while self.0.load(Ordering::Relaxed) < wanted {
            std::thread::sleep(Duration::from_millis(1));
        }
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
    };
    writeln!(stdout(), "ready")?;
    for line in stdin().lock().lines() {
        handled.reach(line?.parse().context("expected a number of messages")?);
        writeln!(stdout(), "{}", ProcessTime::now().as_duration().as_micros())?;
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

    /// The processor time that the child has used when it has handled `wanted` messages in total.
    pub(crate) fn processor_after(&mut self, wanted: usize) -> Result<Duration> {
        let input = self.input.as_mut().context("the input is closed")?;
        writeln!(input, "{wanted}")?;
        Ok(Duration::from_micros(self.line()?.parse()?))
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
