//! All that is printed: reports to standard output, talk to standard error.

mod check;
mod compat;
mod completions;
mod diff;
mod documents;
mod explain;
mod findings;
mod generate;
mod github;
mod init;
mod junit;
mod markdown;
mod progress;
mod ps;
mod publish;
mod sarif;
mod section;
mod style;
mod table;
mod talk;

use std::io::{self, Write};

pub(crate) use self::compat::stream;
pub(crate) use self::progress::Progress;
pub(crate) use self::section::Section;
pub(crate) use self::talk::Talk;
use crate::commands::Exit;
use crate::error::{Error, Result};

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
}

/// How a report with findings is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FindingsFormat {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
    /// Annotations of a GitHub workflow
    Github,
    /// SARIF 2.1.0, as code scanning reads it
    Sarif,
    /// JUnit XML, as CI servers read it
    Junit,
    /// For the comment on a pull request
    Markdown,
}

/// What a command found.
pub(crate) trait Report {
    /// For people, with colours.
    fn human(&self) -> String;

    /// For programs.
    fn json(&self) -> serde_json::Result<String>;

    /// What may be wrong beside what was asked.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// What to do now.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }

    /// How the program ends.
    fn exit(&self) -> Exit;
}

/// A report that says what breaks.
pub(crate) trait FindingsReport: Report {
    /// What was compared, one after the other.
    fn sections(&self) -> Vec<Section>;
}

/// Prints a report.
pub(crate) fn show(report: &impl Report, format: Format) -> Result<()> {
    print(&match format {
        Format::Human => report.human(),
        Format::Json => json(report)?,
    })
}

/// Prints a report with findings.
pub(crate) fn show_findings(report: &impl FindingsReport, format: FindingsFormat) -> Result<()> {
    let text = match format {
        FindingsFormat::Human => report.human(),
        FindingsFormat::Json => json(report)?,
        FindingsFormat::Github => github::render(&report.sections()),
        FindingsFormat::Sarif => sarif::render(&report.sections()).map_err(unwritable)? + "\n",
        FindingsFormat::Junit => junit::render(&report.sections()).map_err(unwritable)?,
        FindingsFormat::Markdown => markdown::render(&report.sections()),
    };
    print(&text)
}

/// Prints, in the place of a report with findings, why there is none: whoever reads it must not take it for a good one.
pub(crate) fn show_failure(error: &Error, format: FindingsFormat) -> Result<()> {
    let text = match format {
        FindingsFormat::Human => return Ok(()),
        FindingsFormat::Json => serde_json::to_string_pretty(&Failure { error }).map_err(unwritable)? + "\n",
        FindingsFormat::Github => github::failure(error),
        FindingsFormat::Sarif => sarif::failure(error).map_err(unwritable)? + "\n",
        FindingsFormat::Junit => junit::failure(error).map_err(unwritable)?,
        FindingsFormat::Markdown => markdown::failure(error),
    };
    print(&text)
}

#[derive(serde::Serialize)]
struct Failure<'a> {
    error: &'a Error,
}

fn json(report: &impl Report) -> Result<String> {
    Ok(report.json().map_err(unwritable)? + "\n")
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::new("cannot write the report").because(error).hint("this is a defect of lessmq-cli")
}

fn print(text: &str) -> Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(|error| Error::new("cannot write to standard output").because(error)),
    }
}
