//! The command line.

use clap::{Parser, Subcommand};

use crate::commands::{
    check, compat, completions, contract, describe, diff, explain, generate, init, ps, publish,
};

/// Contracts of LessMQ services: print, check, compare, and see who is on the bus.
#[derive(Debug, Parser)]
#[command(name = "lessmq-cli", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit code: 0 all is fine, 1 something was found, 2 there is no answer.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the contracts that a package declares
    Contract(contract::Arguments),
    /// Checks the code against the contracts that consumers were built on
    Check(check::Arguments),
    /// Compares two contract documents
    Diff(diff::Arguments),
    /// Compares two JSON Schemas, or a file of pairs of them
    Compat(compat::Arguments),
    /// Tells what a rule means, and how to make the change compatibly
    Explain(explain::Arguments),
    /// Writes contract crates and releases them
    Publish(publish::Arguments),
    /// Writes types and a client from a contract document
    Generate(generate::Arguments),
    /// Shows who is on the bus
    Ps(ps::Arguments),
    /// Prints the contract that a live service provides
    Describe(describe::Arguments),
    /// Writes the settings, a workflow and a Renovate configuration
    Init(init::Arguments),
    /// Prints completions for a shell
    Completions(completions::Arguments),
}
