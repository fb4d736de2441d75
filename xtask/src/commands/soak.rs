//! `cargo xtask soak`.

use anyhow::Result;
use xtask::guard::with_services;
use xtask::program::cargo;

/// What follows `soak`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Handed to the soak test
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the soak test with the services up, and with the optimiser on: it is about volume.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut command = cargo(["run", "--release", "--package", "lessmq-benches", "--bin", "soak", "--"]);
    with_services(|session| session.run(command.args(&arguments.arguments)))
}
