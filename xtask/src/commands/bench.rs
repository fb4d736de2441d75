//! `cargo xtask bench`.

use anyhow::Result;
use xtask::guard::with_services;
use xtask::program::cargo;

/// The arguments of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Passed to the benchmarks
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs the benchmarks while the services are running.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    with_services(|session| {
        session.run(cargo(["bench", "--package", "lessmq-benches", "--"]).args(&arguments.arguments))
    })
}
