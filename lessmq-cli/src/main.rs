//! `lessmq-cli`: the contracts between services, on the command line.
//!
//! This file parses the arguments, runs a command and prints its report. A command (`commands`) returns a report
//! (`report`), and `output` renders it; nothing else prints. Reports go to standard output, messages to standard error.
//! The exit code is 0 for success, 1 for findings, and 2 if there is no answer.

mod arguments;
mod baseline;
mod changes;
mod commands;
mod comparison;
mod docs;
mod document;
mod extract;
mod generate;
mod identifiers;
mod input;
mod judgement;
mod live;
mod output;
mod package_spec;
mod program;
mod publish;
mod registry;
mod replace;
mod report;
mod repository;
mod rust_types;
mod schemas;
mod settings;
mod sources;
mod syntax;
mod workspace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::arguments::{Arguments, Command};
use crate::commands::{check, compat, completions, contract, describe, diff, dlq, explain, init, poke, ps};
use crate::output::{RenderDiagnostics, Terminal};
use crate::report::{DiagnosticsFormat, ExitStatus, Format, Reporter, Result};

fn main() -> ExitCode {
    let terminal = Terminal::new();
    match run(Arguments::parse().command, &terminal) {
        Ok(status) => status.into(),
        Err(error) => {
            terminal.error(&error);
            ExitStatus::NoAnswer.into()
        }
    }
}

fn run(command: Command, terminal: &Terminal) -> Result<ExitStatus> {
    let print_text = |text| output::print(&text, Format::Human, terminal);
    match command {
        Command::Contract(arguments) => print_text(contract::run(&arguments, terminal)?),
        Command::Check(arguments) => {
            print_diagnostics(check::run(&arguments, terminal), arguments.format, terminal)
        }
        Command::Diff(arguments) => print_diagnostics(diff::run(&arguments), arguments.format, terminal),
        Command::Compat(arguments) => match &arguments.batch {
            Some(pairs) => output::print_answers(compat::batch(&arguments, pairs)?, terminal),
            None => output::print(&compat::run(&arguments)?, arguments.format, terminal),
        },
        Command::Explain(arguments) => output::print(&explain::run(&arguments)?, arguments.format, terminal),
        Command::Publish(arguments) => {
            output::print(&commands::publish::run(&arguments, terminal)?, arguments.format, terminal)
        }
        Command::Generate(arguments) => {
            output::print(&commands::generate::run(&arguments)?, Format::Human, terminal)
        }
        Command::Docs(arguments) => print_text(commands::docs::run(&arguments, terminal)?),
        Command::Ps(arguments) => {
            output::print(&ps::run(&arguments, terminal)?, arguments.query.options.format, terminal)
        }
        Command::Describe(arguments) => print_text(describe::run(&arguments, terminal)?),
        Command::Methods(arguments) => {
            output::print(&poke::methods::run(&arguments, terminal)?, arguments.options.format, terminal)
        }
        Command::Call(arguments) => {
            output::print(&poke::call::run(&arguments, terminal)?, arguments.message.format, terminal)
        }
        Command::Send(arguments) => {
            output::print(&poke::send::run(&arguments, terminal)?, arguments.message.format, terminal)
        }
        Command::Listen(arguments) => {
            poke::listen::run(&arguments, terminal, &mut |event| output::print_event(event, arguments.format))
        }
        Command::Dlq(arguments) => run_dlq(&arguments.command, terminal),
        Command::Init(arguments) => output::print(&init::run(&arguments)?, Format::Human, terminal),
        Command::Completions(arguments) => print_text(completions::run(&arguments, Arguments::command())),
    }
}

fn run_dlq(command: &dlq::Command, terminal: &Terminal) -> Result<ExitStatus> {
    match command {
        dlq::Command::Ls(arguments) => {
            output::print(&dlq::ls::run(arguments, terminal)?, arguments.query.options.format, terminal)
        }
        dlq::Command::Show(arguments) => {
            output::print(&dlq::show::run(arguments, terminal)?, arguments.target.format, terminal)
        }
        dlq::Command::Redrive(arguments) => {
            output::print(&dlq::redrive::run(arguments, terminal)?, arguments.target.format, terminal)
        }
        dlq::Command::Purge(arguments) => {
            output::print(&dlq::purge::run(arguments, terminal)?, arguments.target.format, terminal)
        }
    }
}

/// Prints a report with diagnostics. An error is printed in the format of the report too.
fn print_diagnostics(
    report: Result<impl RenderDiagnostics>,
    format: DiagnosticsFormat,
    terminal: &Terminal,
) -> Result<ExitStatus> {
    match report {
        Ok(report) => output::print_diagnostics(&report, format, terminal),
        Err(error) => match output::print_failure(&error, format) {
            Ok(()) => Err(error),
            Err(second) => Err(error.because(second.message)),
        },
    }
}
