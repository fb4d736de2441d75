//! A report that is a text: a document or a script.

use super::{ExitStatus, Report};

/// A text to print as it is; empty if it was written to a file.
#[derive(Debug, Default)]
pub(crate) struct Text(pub(crate) String);

impl Report for Text {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }
}
