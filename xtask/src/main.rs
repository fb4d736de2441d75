//! The project's own automation: `cargo xtask help`.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a command for developers: data goes to stdout, messages to stderr"
)]

mod commands;

use anyhow::Result;
use clap::{Parser, Subcommand};

use commands::{bench, ci, demo, deny, random_contracts, services, soak, test, weight};

/// The project's own automation.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs all tests, with their servers
    Test(test::Arguments),
    /// Runs all checks of a change: format, lints, docs, dependencies, features, tests
    Ci,
    /// Starts, stops and shows the servers of the tests
    #[command(subcommand)]
    Services(services::Action),
    /// Checks the licences and sources of all dependencies
    Deny,
    /// Runs the demo
    Demo(demo::Arguments),
    /// Runs the benchmarks, with a broker
    Bench(bench::Arguments),
    /// Runs the long test of delivery over a broker that restarts many times
    Soak(soak::Arguments),
    /// Runs the test of code that is generated from random contracts, with many contracts
    RandomContracts(random_contracts::Arguments),
    /// Prints how many crates the library needs, by its features
    Weight(weight::Arguments),
    /// Cleans up after process PARENT when it closes our input
    #[command(name = xtask::guard::SUBCOMMAND, hide = true)]
    Guard {
        /// The process id
        parent: u32,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Test(arguments) => test::run(&arguments),
        Command::Ci => ci::run(),
        Command::Services(action) => services::run(&action),
        Command::Deny => deny::run(),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Soak(arguments) => soak::run(&arguments),
        Command::RandomContracts(arguments) => random_contracts::run(&arguments),
        Command::Weight(arguments) => weight::run(&arguments),
        Command::Guard { parent } => xtask::guard::watch(parent),
    }
}
