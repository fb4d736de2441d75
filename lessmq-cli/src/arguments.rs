//! The command line.

use clap::{Parser, Subcommand};

use crate::commands::{
    check, compat, completions, contract, describe, diff, dlq, docs, explain, generate, init, poke, ps,
    publish,
};

/// Contracts of LessMQ services: print, check, compare and release them, and see which services are live.
#[derive(Debug, Parser)]
#[command(name = "lessmq-cli", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 success, 1 findings, 2 no answer (an error, or not decided).";

// Commands without a doc comment here have one on their arguments, with more text for `--help`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints the contracts that a package declares
    Contract(contract::Arguments),
    Check(check::Arguments),
    /// Compares two contract documents
    Diff(diff::Arguments),
    /// Compares two JSON Schemas, or a file of pairs
    Compat(compat::Arguments),
    /// Explains a rule, and how to make a change compatible
    Explain(explain::Arguments),
    /// Writes contract crates and releases them
    Publish(publish::Arguments),
    /// Writes types and a client from a contract document
    Generate(generate::Arguments),
    /// Writes Markdown, HTML, AsyncAPI or OpenAPI from contracts
    Docs(docs::Arguments),
    /// Shows the processes on a bus
    Ps(ps::Arguments),
    /// Prints the contract that a live service provides
    Describe(describe::Arguments),
    /// Lists the methods of live services
    Methods(poke::methods::Arguments),
    /// Calls a method of a live service, and prints its reply
    Call(poke::call::Arguments),
    /// Sends a command to a service, or publishes an event in its name
    Send(poke::send::Arguments),
    /// Prints events as they are published, until Ctrl-C
    Listen(poke::listen::Arguments),
    Dlq(dlq::Arguments),
    Init(init::Arguments),
    Completions(completions::Arguments),
}
