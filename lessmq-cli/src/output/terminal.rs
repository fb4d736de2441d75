//! Messages on standard error.

use std::io::{self, IsTerminal, Write};

use anstyle::Style;

use super::progress::ProgressLine;
use super::style::{ERROR, NOTE, WARNING, plain};
use crate::report::{Error, Progress, Reporter};

/// Standard error, which may be a terminal.
#[derive(Debug)]
pub(crate) struct Terminal {
    is_interactive: bool,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        Self { is_interactive: io::stderr().is_terminal() }
    }

    /// Prints what the user can do next.
    pub(crate) fn hint(&self, text: &str) {
        print(NOTE, "hint", text);
    }
}

impl Reporter for Terminal {
    fn note(&self, text: &str) {
        print(NOTE, "note", text);
    }

    fn warning(&self, text: &str) {
        print(WARNING, "warning", text);
    }

    fn error(&self, error: &Error) {
        print(ERROR, "error", &error.message);
        for cause in &error.causes {
            let lines: Vec<String> = cause.trim_end().lines().map(plain).collect();
            print_line(&format!("  caused by: {}", lines.join("\n    ")));
        }
        if let Some(hint) = &error.hint {
            self.hint(hint);
        }
    }

    fn forward(&self, text: &str) {
        print_line(text.trim_end());
    }

    fn is_interactive(&self) -> bool {
        self.is_interactive
    }

    fn progress(&self, label: &str, steps: usize) -> Box<dyn Progress> {
        Box::new(ProgressLine::new(self.is_interactive, label, steps))
    }
}

fn print(style: Style, label: &str, text: &str) {
    print_line(&format!("{style}{label}{style:#}: {}", plain(text)));
}

fn print_line(text: &str) {
    // If standard error is closed, there is no place to report that.
    let _ = writeln!(anstream::stderr(), "{text}");
}
