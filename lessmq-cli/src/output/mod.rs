//! All printing: reports go to standard output, everything else to standard error.
//!
//! Only this module prints. It renders the types of `report` and knows nothing else of the CLI.

mod batch;
mod changes;
mod check;
mod compat;
mod diagnostics;
mod diff;
mod dlq;
mod explain;
mod generate;
mod github;
mod group;
mod init;
mod json;
mod junit;
mod markdown;
mod poke;
mod progress;
mod ps;
mod publish;
mod sarif;
mod section;
mod style;
mod table;
mod terminal;
mod text;
mod version;

use std::io::{self, Write};

pub(crate) use self::batch::print_answers;
pub(crate) use self::poke::print_event;
use self::section::Section;
pub(crate) use self::terminal::Terminal;
use crate::report::{DiagnosticsFormat, Error, ExitStatus, Format, Report, Reporter, Result};

/// A report that can be rendered.
pub(crate) trait Render: Report {
    /// The report for people, with colours.
    fn human(&self) -> String;

    /// The report for programs, as JSON.
    fn json(&self) -> serde_json::Result<String>;
}

/// A report with diagnostics, which can be rendered for other tools.
pub(crate) trait RenderDiagnostics: Render {
    /// One section for each comparison.
    fn sections(&self) -> Vec<Section>;
}

/// Prints a report, its warnings and its hints. Returns the exit status.
pub(crate) fn print(report: &impl Render, format: Format, terminal: &Terminal) -> Result<ExitStatus> {
    write(&match format {
        Format::Human => report.human(),
        Format::Json => render_json(report)?,
    })?;
    Ok(finish(report, terminal))
}

/// Prints a report with diagnostics, its warnings and its hints. Returns the exit status.
pub(crate) fn print_diagnostics(
    report: &impl RenderDiagnostics,
    format: DiagnosticsFormat,
    terminal: &Terminal,
) -> Result<ExitStatus> {
    write(&match format {
        DiagnosticsFormat::Human => report.human(),
        DiagnosticsFormat::Json => render_json(report)?,
        DiagnosticsFormat::Github => github::render(&report.sections()),
        DiagnosticsFormat::Sarif => sarif::render(&report.sections()).map_err(cannot_render)? + "\n",
        DiagnosticsFormat::Junit => junit::render(&report.sections()).map_err(cannot_render)?,
        DiagnosticsFormat::Markdown => markdown::render(&report.sections()),
    })?;
    Ok(finish(report, terminal))
}

/// Prints an error instead of a report with diagnostics, so that no reader takes its absence for success.
pub(crate) fn print_failure(error: &Error, format: DiagnosticsFormat) -> Result<()> {
    write(&match format {
        DiagnosticsFormat::Human => return Ok(()),
        DiagnosticsFormat::Json => {
            serde_json::to_string_pretty(&Failure { error }).map_err(cannot_render)? + "\n"
        }
        DiagnosticsFormat::Github => github::failure(error),
        DiagnosticsFormat::Sarif => sarif::failure(error).map_err(cannot_render)? + "\n",
        DiagnosticsFormat::Junit => junit::failure(error).map_err(cannot_render)?,
        DiagnosticsFormat::Markdown => markdown::failure(error),
    })
}

#[derive(serde::Serialize)]
struct Failure<'a> {
    error: &'a Error,
}

fn render_json(report: &impl Render) -> Result<String> {
    Ok(report.json().map_err(cannot_render)? + "\n")
}

/// Prints the warnings and hints of a report.
fn finish(report: &impl Report, terminal: &Terminal) -> ExitStatus {
    report.warnings().iter().for_each(|warning| terminal.warning(warning));
    report.hints().iter().for_each(|hint| terminal.hint(hint));
    report.status()
}

fn cannot_render(error: impl std::fmt::Display) -> Error {
    Error::new("cannot render the report").because(error).hint("this is a bug in lessmq-cli: report it")
}

fn write(text: &str) -> Result<()> {
    try_write(text).map(|_| ())
}

/// Writes to standard output. Returns whether anyone still reads it.
fn try_write(text: &str) -> Result<bool> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(true),
        // The reader closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Error::new("cannot write to standard output").because(error)),
    }
}
