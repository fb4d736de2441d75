//! `cargo xtask demo`, also `cargo demo`.

use std::process::Stdio;

use anyhow::Result;
use xtask::program::{cargo, run as run_program};

/// The arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Passed to the demo
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the demo. It needs no server.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut command = cargo(["run", "--package", "demo", "--"]);
    run_program(command.stdin(Stdio::inherit()).args(&arguments.arguments))
}
