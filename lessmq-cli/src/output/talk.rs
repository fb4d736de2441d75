//! What is said beside the report, on standard error.

use std::io::{self, IsTerminal, Write};

use anstyle::Style;

use super::Progress;
use super::style::{ERROR, NOTE, WARNING, plain};
use crate::error::Error;

/// Somebody who may be listening.
#[derive(Debug)]
pub(crate) struct Talk {
    is_terminal: bool,
}

impl Talk {
    pub(crate) fn new() -> Self {
        Self { is_terminal: io::stderr().is_terminal() }
    }

    /// Whether a person looks on.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// A bar for work of many steps.
    pub(crate) fn progress(&self, what: &str, steps: usize) -> Progress {
        Progress::new(self.is_terminal, what, steps)
    }

    /// Something worth knowing.
    pub(crate) fn note(&self, text: &str) {
        say(NOTE, "note", text);
    }

    /// Something that may be wrong.
    pub(crate) fn warning(&self, text: &str) {
        say(WARNING, "warning", text);
    }

    /// What to do now.
    pub(crate) fn hint(&self, text: &str) {
        say(NOTE, "hint", text);
    }

    /// What another program said, as it is.
    pub(crate) fn pass_on(&self, text: &str) {
        line(text.trim_end());
    }

    /// Why there is no answer.
    pub(crate) fn error(&self, error: &Error) {
        say(ERROR, "error", &error.message);
        for cause in &error.causes {
            let lines: Vec<String> = cause.trim_end().lines().map(plain).collect();
            line(&format!("  caused by: {}", lines.join("\n    ")));
        }
        if let Some(hint) = &error.hint {
            self.hint(hint);
        }
    }
}

fn say(style: Style, label: &str, text: &str) {
    line(&format!("{style}{label}{style:#}: {}", plain(text)));
}

fn line(text: &str) {
    // Nobody can be told that nobody listens.
    let _ = writeln!(anstream::stderr(), "{text}");
}
