//! The report of `generate`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{ExitStatus, Report};

/// What was generated.
#[derive(Debug)]
pub(crate) struct GenerateReport {
    /// Texts of files by their path.
    pub(crate) files: BTreeMap<PathBuf, String>,
    /// Where the files were written; without it they are to be printed.
    pub(crate) written: Option<Written>,
    /// The crates that the files need besides LessMQ, as lines of a manifest. Empty if they use no types of other
    /// crates.
    pub(crate) dependencies: Vec<String>,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) directory: PathBuf,
    /// How many files were written because they differed.
    pub(crate) changed: usize,
}

impl Report for GenerateReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }
}
