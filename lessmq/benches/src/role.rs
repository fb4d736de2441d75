//! The processes of a comparison: the one that measures starts the ones that serve and consume.
//!
//! The parent writes how many messages it waits for, and the child answers, once it has handled so many in all, with
//! the processor time that it has used so far, in microseconds. It ends when its input does.

use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use cpu_time::ProcessTime;

use crate::{calls, events};

/// What a child is.
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
        handled.reach(line?.parse().context("a number of messages")?);
        writeln!(stdout(), "{}", ProcessTime::now().as_duration().as_micros())?;
    }
    Ok(())
}

/// The parent's side. Dropping it ends the child.
#[derive(Debug)]
pub(crate) struct Peer {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a child and returns when it is ready.
    pub(crate) fn start(role: Role) -> Result<Self> {
        let role = role.to_possible_value().context("every role has a name")?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--role", role.get_name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("this program cannot start itself")?;
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().context("its output is piped")?);
        let mut peer = Self { process, input, output };
        peer.line().context("the other process did not get ready")?;
        Ok(peer)
    }

    /// The processor time that the child has used when it has handled `wanted` messages in all.
    pub(crate) fn processor_after(&mut self, wanted: usize) -> Result<Duration> {
        let input = self.input.as_mut().context("it is open until the end")?;
        writeln!(input, "{wanted}")?;
        Ok(Duration::from_micros(self.line()?.parse()?))
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        anyhow::ensure!(line.ends_with('\n'), "the other process ended before its time");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends by itself when its input does.
        let _ = self.process.wait();
    }
}
