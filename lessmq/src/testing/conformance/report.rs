//! What came out.

use std::fmt;

use super::Case;
use super::context::Failure;

/// How the cases ended. Its `Display` names every promise that was broken, and what was seen instead.
#[derive(Clone, Debug)]
#[must_use]
pub struct Report {
    /// One result a case.
    pub results: Vec<CaseResult>,
}

/// How one case ended.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// The case.
    pub case: Case,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The promise was kept.
    Passed,
    /// The promise was broken; what was seen.
    Failed(String),
    /// The harness cannot do what the case needs; what that is.
    NotRun(&'static str),
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Broken(seen) => Self::Failed(seen),
            Failure::NotRun(needed) => Self::NotRun(needed),
        }
    }
}

impl Report {
    /// The cases that failed.
    pub fn failures(&self) -> impl Iterator<Item = &CaseResult> {
        self.results.iter().filter(|result| matches!(result.outcome, Outcome::Failed(_)))
    }

    /// Panics with the report if a case failed.
    ///
    /// # Panics
    /// When a case failed.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.failures().next().is_none(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = self.results.iter().filter(|result| result.outcome == Outcome::Passed).count();
        write!(f, "{passed} of {} conformance cases passed", self.results.len())?;
        self.results.iter().try_for_each(|result| result.fmt(f))
    }
}

impl fmt::Display for CaseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { name, promise, .. } = self.case;
        match &self.outcome {
            Outcome::Passed => Ok(()),
            Outcome::Failed(seen) => write!(f, "\n\nFAILED {name}\n  promised: {promise}\n  seen: {seen}"),
            Outcome::NotRun(needed) => write!(f, "\n\nnot run: {name}\n  the harness cannot {needed}"),
        }
    }
}
