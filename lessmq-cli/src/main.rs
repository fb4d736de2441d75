//! `lessmq-cli`: what services promise each other, on the command line.
//!
//! Here arguments are parsed and dispatched. A command (`commands`) returns a report, `output` renders it, and nothing
//! else prints: reports go to standard output, talk to standard error. The exit code is 0 when all is fine, 1 when
//! something was found, 2 when there is no answer.

mod arguments;
mod changes;
mod commands;
mod comparison;
mod docs;
mod document;
mod error;
mod extract;
mod live;
mod output;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::commands::{Exit, check, contract, describe, diff, ps};
use crate::error::Result;
use crate::output::{Format, Report, Talk};

fn main() -> ExitCode {
    let talk = Talk::new();
    match run(Arguments::parse().command, &talk) {
        Ok(exit) => exit.into(),
        Err(error) => {
            talk.error(&error);
            Exit::NoAnswer.into()
        }
    }
}

fn run(command: Command, talk: &Talk) -> Result<Exit> {
    match command {
        Command::Contract(arguments) => show(&contract::run(&arguments, talk)?, Format::Human, talk),
        Command::Check(arguments) => show(&check::run(&arguments, talk)?, arguments.format, talk),
        Command::Diff(arguments) => show(&diff::run(&arguments)?, arguments.format, talk),
        Command::Docs(arguments) => show(&commands::docs::run(&arguments, talk)?, Format::Human, talk),
        Command::Ps(arguments) => show(&ps::run(&arguments)?, arguments.format, talk),
        Command::Describe(arguments) => show(&describe::run(&arguments)?, Format::Human, talk),
    }
}

fn show(report: &impl Report, format: Format, talk: &Talk) -> Result<Exit> {
    output::show(report, format)?;
    for hint in report.hints() {
        talk.hint(&hint);
    }
    Ok(report.exit())
}
