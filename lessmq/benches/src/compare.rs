//! LessMQ against what one would write by hand: `cargo xtask bench`.
//!
//! Every comparison runs its systems in turns, A B A B, and compares within each turn, so that whatever else the
//! machine does meets all of them alike; the figures are medians over the turns. Nothing here fails for being slow.

#![expect(clippy::print_stdout, reason = "the tables are what is asked for")]

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
    /// Only this comparison
    #[arg(long, value_enum)]
    only: Option<Comparison>,
    /// Calls in process, by each system and in each setting
    #[arg(long, default_value_t = 400_000)]
    local_calls: usize,
    /// Calls over RabbitMQ, by each system and in each setting
    #[arg(long, default_value_t = 60_000)]
    calls: usize,
    /// Events over RabbitMQ, by each system
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// In how many turns
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    turns: u16,
    /// Only so many calls in process by LessMQ, and no comparison: for a profiler
    #[arg(long)]
    profile: Option<usize>,
    /// What `cargo bench` adds
    #[arg(long, hide = true)]
    bench: bool,
    /// What this process is when a comparison has started it
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
    /// The comparison of contracts; with `RUSTFLAGS="--cfg jsoncompat"` that crate beside it
    Compat,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    messages::check_lengths()?;
    let broker = || std::env::var("LESSMQ_TEST_AMQP_URL").context("LESSMQ_TEST_AMQP_URL names no broker");
    if let Some(role) = arguments.role {
        return role::play(role, &broker()?);
    }
    if let Some(calls) = arguments.profile {
        return in_process::profile(calls);
    }
    let wanted = |comparison| arguments.only.is_none_or(|only| only == comparison);
    let turns = usize::from(arguments.turns);
    if wanted(Comparison::Compat) {
        compat::compare(turns)?;
    }
    if wanted(Comparison::InProcess) {
        in_process::compare(arguments.local_calls, turns)?;
    }
    if wanted(Comparison::Calls) {
        calls::compare(&broker()?, arguments.calls, turns)?;
    }
    if wanted(Comparison::Events) {
        events::compare(&broker()?, arguments.events, turns)?;
    }
    Ok(())
}
