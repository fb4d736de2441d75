//! The command line.

use clap::{Parser, Subcommand};

use crate::commands::{check, contract, describe, diff, docs, ps};

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
    /// Checks the code against the committed contracts
    Check(check::Arguments),
    /// Compares two contract documents
    Diff(diff::Arguments),
    /// Writes Markdown, HTML, AsyncAPI or OpenAPI from contracts
    Docs(docs::Arguments),
    /// Shows who is on the bus
    Ps(ps::Arguments),
    /// Prints the contract that a live service provides
    Describe(describe::Arguments),
}
