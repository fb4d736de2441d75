//! The result of a case.

use std::fmt;

use super::check::Failure;

/// The result of one case. `Display` prints the promise that was broken, and what the driver did instead.
#[derive(Clone, Debug)]
#[must_use]
pub struct CaseResult {
    /// The name of the case.
    pub name: &'static str,
    /// The promise that it checks.
    pub promise: &'static str,
    /// The outcome.
    pub outcome: CaseOutcome,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseOutcome {
    /// The driver keeps the promise.
    Passed,
    /// The driver breaks the promise. The text says what it did.
    Failed(String),
    /// The harness lacks something that the case needs. The text says what.
    NotRun(&'static str),
}

impl From<Failure> for CaseOutcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Broken(seen) => Self::Failed(seen),
            Failure::NotRun(needed) => Self::NotRun(needed),
        }
    }
}

impl CaseResult {
    /// Panics if the case failed.
    ///
    /// # Panics
    /// If the case failed.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(!matches!(self.outcome, CaseOutcome::Failed(_)), "{self}");
    }
}

impl fmt::Display for CaseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, promise, .. } = self;
        match &self.outcome {
            CaseOutcome::Passed => write!(f, "passed: {name}"),
            CaseOutcome::Failed(seen) => write!(f, "FAILED: {name}\n  promised: {promise}\n  seen: {seen}"),
            CaseOutcome::NotRun(needed) => write!(f, "not run: {name}\n  the harness has no {needed}"),
        }
    }
}
