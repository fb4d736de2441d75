//! The counts of tests, over all programs that `cargo test` runs.

use std::fmt;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that are marked as ignored.
    pub ignored: u64,
}

impl Summary {
    /// Adds the counts of `line`, if it is the last line of a test program.
    ///
    /// ```
    /// let mut summary = xtask::summary::Summary::default();
    /// summary.read("test result: ok. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s");
    /// assert_eq!(summary.to_string(), "3 passed, 1 failed, 2 skipped");
    /// ```
    pub fn read(&mut self, line: &str) {
        let Some((_, counts)) =
            line.trim().strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else { continue };
            let number: u64 = number.parse().unwrap_or_default();
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.ignored > 0 { write!(formatter, ", {} skipped", self.ignored) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_all_programs_are_added_and_other_lines_are_not() {
        let mut summary = Summary::default();
        for line in [
            "running 2 tests",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test names::result: ok",
            "test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "test result: nonsense",
        ] {
            summary.read(line);
        }
        assert_eq!(summary, Summary { passed: 7, failed: 1, ignored: 0 });
        assert_eq!(summary.to_string(), "7 passed, 1 failed");
    }
}
