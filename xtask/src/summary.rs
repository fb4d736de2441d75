//! The counts of tests, over all programs that `cargo test` runs, and the slowest programs.

use std::fmt;
use std::time::Duration;

/// How many programs are listed.
const LISTED: usize = 10;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that are marked as ignored.
    pub ignored: u64,
    programs: Vec<Program>,
}

/// One test program, or the doctests of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Program {
    name: String,
    ran: Duration,
}

impl Summary {
    /// Reads a line of `cargo test`: the name of a test program, or its last line, which has the counts.
    ///
    /// ```
    /// let mut summary = xtask::summary::Summary::default();
    /// summary.read("test result: ok. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s");
    /// assert_eq!(summary.to_string(), "3 passed, 1 failed, 2 skipped");
    /// ```
    pub fn read(&mut self, line: &str) {
        if let Some(name) = program_name(line) {
            return self.programs.push(Program { name, ran: Duration::ZERO });
        }
        let Some((_, counts)) =
            line.trim().strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            if let (Some(ran), Some(program)) = (duration(count), self.programs.last_mut()) {
                // The doctests of a package run in several programs.
                program.ran += ran;
            }
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

    /// The slowest test programs with the time that their tests took, one per line. Compiling is not included.
    #[must_use]
    pub fn slowest(&self) -> String {
        let mut programs: Vec<_> = self.programs.iter().collect();
        programs.sort_by_key(|program| std::cmp::Reverse(program.ran));
        let lines = programs.into_iter().take(LISTED);
        lines.map(|Program { name, ran }| format!("{:>8.1} s  {name}\n", ran.as_secs_f64())).collect()
    }
}

/// `lessmq-cli tests/cli/main.rs`, of the line that cargo prints before it runs a program.
fn program_name(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(package) = line.strip_prefix("Doc-tests ") {
        return Some(format!("{package} (doctests)"));
    }
    let (source, path) = line.strip_prefix("Running ")?.strip_suffix(')')?.split_once(" (")?;
    let file = path.rsplit(['/', '\\']).next()?;
    // The rest of the file's name is a hash.
    let (program, _) = file.rsplit_once('-')?;
    Some(format!("{program} ({})", source.trim_start_matches("unittests ")))
}

/// Of `finished in 1.20s`.
fn duration(count: &str) -> Option<Duration> {
    let seconds = count.strip_prefix("finished in ")?.strip_suffix('s')?;
    Duration::try_from_secs_f64(seconds.parse().ok()?).ok()
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
        assert_eq!(summary.to_string(), "7 passed, 1 failed");
    }

    #[test]
    fn the_slowest_programs_are_listed() {
        let mut summary = Summary::default();
        for line in [
            "     Running unittests src/lib.rs (target/debug/deps/lessmq-319bef42e04b5e26)",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.25s",
            "     Running tests/cli/main.rs (target/debug/deps/cli-2a903bce1191e02b)",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 239.33s",
            "   Doc-tests lessmq",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.30s",
        ] {
            summary.read(line);
        }
        let expected =
            ["239.3 s  cli (tests/cli/main.rs)", "2.5 s  lessmq (doctests)", "0.2 s  lessmq (src/lib.rs)"];
        let slowest = summary.slowest();
        assert_eq!(slowest.lines().map(str::trim).collect::<Vec<_>>(), expected);
    }
}
