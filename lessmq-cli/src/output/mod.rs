//! All that is printed: reports to standard output, talk to standard error.

mod check;
mod diff;
mod docs;
mod documents;
mod findings;
mod ps;
mod style;
mod table;
mod talk;

use std::io::{self, Write};

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

/// What a command found.
pub(crate) trait Report {
    /// For people, with colours.
    fn human(&self) -> String;

    /// For programs.
    fn json(&self) -> serde_json::Result<String>;

    /// What to do now.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }

    /// How the program ends.
    fn exit(&self) -> Exit;
}

/// Prints a report.
pub(crate) fn show(report: &impl Report, format: Format) -> Result<()> {
    let text = match format {
        Format::Human => report.human(),
        Format::Json => {
            report.json().map_err(|error| Error::new("cannot write the report as JSON").because(error))?
                + "\n"
        }
    };
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(|error| Error::new("cannot write to standard output").because(error)),
    }
}
