//! `cargo xtask soak`.

use anyhow::Result;
use xtask::guard::with_services;
use xtask::program::cargo;

/// The arguments of `soak`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many events are published
    #[arg(long, default_value_t = 100_000)]
    events: u32,
    /// How many times the broker restarts
    #[arg(long, default_value_t = 5)]
    restarts: u32,
}

/// Runs the test of restarts with many events, on a private broker, in a release build.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut command = cargo(["test", "--release", "--package", "lessmq", "--test", "restarts"]);
    command
        .args(["--", "--nocapture"])
        .env("LESSMQ_SOAK_EVENTS", arguments.events.to_string())
        .env("LESSMQ_SOAK_RESTARTS", arguments.restarts.to_string());
    with_services(|session| session.run(&mut command))
}
