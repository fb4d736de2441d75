//! `lessmq-cli`: what services promise each other, on the command line.
//!
//! Here arguments are parsed and dispatched. A command (`commands`) returns a report, `output` renders it, and nothing
//! else prints: reports go to standard output, talk to standard error. The exit code is 0 when all is fine, 1 when
//! something was found, 2 when there is no answer.

mod arguments;
mod baseline;
mod changes;
mod commands;
mod comparison;
mod concerns;
mod docs;
mod document;
mod error;
mod extract;
mod generate;
mod input;
mod judgement;
mod live;
mod output;
mod program;
mod publish;
mod registry;
mod replace;
mod repository;
mod schemas;
mod settings;
mod sources;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::commands::{Exit, check, compat, completions, contract, describe, diff, explain, init, ps};
use crate::error::{Error, Result};
use crate::output::{FindingsFormat, FindingsReport, Format, Report, Talk};

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
        Command::Compat(arguments) => match &arguments.batch {
            Some(pairs) => output::stream(compat::batch(&arguments, pairs)?, talk),
            None => show(&compat::run(&arguments)?, arguments.format, talk),
        },
        Command::Explain(arguments) => show(&explain::run(&arguments)?, arguments.format, talk),
        Command::Publish(arguments) => {
            show(&commands::publish::run(&arguments, talk)?, arguments.format, talk)
        }
        Command::Generate(arguments) => show(&commands::generate::run(&arguments)?, Format::Human, talk),
        Command::Check(arguments) => show_findings(check::run(&arguments, talk), arguments.format, talk),
        Command::Diff(arguments) => show_findings(diff::run(&arguments), arguments.format, talk),
        Command::Docs(arguments) => show(&commands::docs::run(&arguments, talk)?, Format::Human, talk),
        Command::Ps(arguments) => show(&ps::run(&arguments)?, arguments.format, talk),
        Command::Describe(arguments) => show(&describe::run(&arguments)?, Format::Human, talk),
        Command::Init(arguments) => show(&init::run(&arguments)?, Format::Human, talk),
        Command::Completions(arguments) => show(&completions::run(&arguments), Format::Human, talk),
    }
}

fn show(report: &impl Report, format: Format, talk: &Talk) -> Result<Exit> {
    output::show(report, format)?;
    Ok(remark(report, talk))
}

fn show_findings(report: Result<impl FindingsReport>, format: FindingsFormat, talk: &Talk) -> Result<Exit> {
    let report = report.map_err(|error| told(error, format))?;
    output::show_findings(&report, format)?;
    Ok(remark(&report, talk))
}

/// The same error, which the report tells as well.
fn told(error: Error, format: FindingsFormat) -> Error {
    match output::show_failure(&error, format) {
        Ok(()) => error,
        Err(second) => error.because(second.message),
    }
}

/// Says what a report has to say beside itself.
fn remark(report: &impl Report, talk: &Talk) -> Exit {
    report.warnings().iter().for_each(|warning| talk.warning(warning));
    report.hints().iter().for_each(|hint| talk.hint(hint));
    report.exit()
}
