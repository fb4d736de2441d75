//! The report of `explain`.

use super::{ExitStatus, Report, Rule};

/// The rules to explain.
#[derive(Debug)]
pub(crate) enum ExplainReport {
    /// One rule, with its full explanation.
    One(Rule),
    /// All rules, as a list.
    All(Vec<Rule>),
}

impl Report for ExplainReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::Success
    }
}
