//! `cargo xtask random-contracts`.

use anyhow::{Result, bail};
use xtask::program::cargo;
use xtask::tools;

/// The arguments of `random-contracts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many contracts are made
    #[arg(long, default_value_t = 1_000)]
    contracts: usize,
    /// How many values their code reads and writes, in each language
    #[arg(long, default_value_t = 100_000)]
    values: usize,
    /// Determines the contracts and the values
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the test of code that is generated from random contracts.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut command =
        cargo(["test", "--package", "lessmq-cli", "--all-features", "--test", "random_contracts"]);
    command
        .envs(tools::ready()?)
        .env("LESSMQ_RANDOM_CONTRACTS", arguments.contracts.to_string())
        .env("LESSMQ_RANDOM_VALUES", arguments.values.to_string())
        .env("LESSMQ_RANDOM_SEED", arguments.seed.to_string());
    if !command.status()?.success() {
        bail!("generated code does not compile, or changes values: see above");
    }
    Ok(())
}
