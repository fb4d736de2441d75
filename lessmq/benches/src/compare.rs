//! LessMQ against hand-written programs: `cargo xtask bench`.
//!
//! Every comparison runs its systems alternately, A B A B, and compares within each turn, so that other load on the machine
//! affects all systems. The figures are medians over the turns. No benchmark fails because it is slow.

#![expect(clippy::print_stdout, reason = "the tables are the output")]

mod broker;
mod calls;
mod compat;
mod events;
mod figures;
mod in_process;
mod messages;
mod role;
mod table;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};

/// The benchmarks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench --")]
struct Arguments {
    /// Run only this comparison
    #[arg(long, value_enum)]
    only: Option<Comparison>,
    /// Calls in process, for each system and setting
    #[arg(long, default_value_t = 400_000)]
    local_calls: usize,
    /// Calls over RabbitMQ, for each system and setting
    #[arg(long, default_value_t = 60_000)]
    calls: usize,
    /// Events over RabbitMQ, for each system
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// Number of turns
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    turns: u16,
    /// Only make this number of calls in process with LessMQ, for a profiler
    #[arg(long)]
    profile: Option<usize>,
    #[command(flatten)]
    selection: in_process::Selection,
    /// Added by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
    /// The role of a process that a comparison has started
    #[arg(long, hide = true, value_enum)]
    role: Option<role::Role>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Comparison {
    /// Calls within one process: a bare channel, LessMQ, tarpc
    InProcess,
    /// Calls over RabbitMQ: a hand-written twin, LessMQ
    Calls,
    /// Events over RabbitMQ: a hand-written twin, LessMQ
    Events,
    /// The comparison of contracts; with `RUSTFLAGS="--cfg jsoncompat"` also by that crate
    Compat,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    messages::check_lengths()?;
    let broker = || std::env::var("LESSMQ_TEST_AMQP_URL").context("LESSMQ_TEST_AMQP_URL is not set");
    if let Some(role) = arguments.role {
        return role::play(role, &broker()?);
    }
    if let Some(calls) = arguments.profile {
        return in_process::profile(calls, arguments.selection);
    }
    let wanted = |comparison| arguments.only.is_none_or(|only| only == comparison);
    let turns = usize::from(arguments.turns);
    if wanted(Comparison::Compat) {
        compat::compare(turns)?;
    }
    if wanted(Comparison::InProcess) {
        in_process::compare(arguments.local_calls, turns, arguments.selection)?;
    }
    if wanted(Comparison::Calls) {
        calls::compare(&broker()?, arguments.calls, turns)?;
    }
    if wanted(Comparison::Events) {
        events::compare(&broker()?, arguments.events, turns)?;
    }
    Ok(())
}
