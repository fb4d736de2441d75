//! The messages of a command while it runs.

use super::Error;

/// Receives the messages of a command while it runs.
pub(crate) trait Reporter {
    /// Reports something worth knowing.
    fn note(&self, text: &str);

    /// Reports something that may be wrong.
    fn warning(&self, text: &str);

    /// Reports a failure after which the command continues.
    fn error(&self, error: &Error);

    /// Passes the output of another program on, unchanged.
    fn forward(&self, text: &str);

    /// Whether a person is watching, so that other programs may use colours.
    fn is_interactive(&self) -> bool;

    /// Shows the progress of work with this many steps, until the returned value is dropped.
    fn progress(&self, label: &str, steps: usize) -> Box<dyn Progress>;
}

/// The progress of work with several steps.
pub(crate) trait Progress {
    /// The step called `name` starts.
    fn start(&self, name: &str);
}
