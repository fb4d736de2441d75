//! `cargo xtask weight`.

mod resident;

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use xtask::folder;
use xtask::program::{cargo, output, run as run_program};

/// The arguments of `weight`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Also measure a cold debug build of each; takes minutes
    #[arg(long)]
    build: bool,
    /// Also measure the resident memory of an idle service on RabbitMQ, in a release build; takes minutes
    #[arg(long)]
    resident: bool,
}

/// Features of the library, and the number of crates that they may need, the library included.
const BUDGETS: [(&str, usize); 3] =
    [("macros,memory", 72), ("macros,memory,rabbitmq", 121), ("macros,memory,rabbitmq,tls", 186)];

/// The memory that an idle service on RabbitMQ may use, in kB.
const RESIDENT_BUDGET: u64 = 16_384;

/// Prints what a service pays for the features that it uses. Fails if that is over budget.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut over = Vec::new();
    for (features, budget) in BUDGETS {
        let crates = crates(features)?;
        println!("{features}: {crates} crates (budget {budget})");
        over.extend(excess(&format!("`{features}`"), crates as u64, budget as u64, "crates"));
        if arguments.build {
            println!("{features}: {} for a cold debug build", cold_build(features)?);
        }
    }
    if arguments.resident {
        let resident = resident::measure()?;
        println!("idle on RabbitMQ: {resident} kB resident (budget {RESIDENT_BUDGET})");
        over.extend(excess("an idle service on RabbitMQ", resident, RESIDENT_BUDGET, "kB of memory"));
    }
    ensure!(over.is_empty(), "over budget: {}", over.join("; "));
    Ok(())
}

/// By how much something is over its budget. `None` if it is within it.
fn excess(subject: &str, used: u64, budget: u64, unit: &str) -> Option<String> {
    (used > budget).then(|| format!("{subject} needs {used} {unit}, the budget is {budget}"))
}

/// How many crates a build of the library with these features compiles.
fn crates(features: &str) -> Result<usize> {
    let tree = ["tree", "--package", "lessmq", "--no-default-features", "--features", features];
    let kinds = ["--edges", "normal,build", "--prefix", "none", "--format", "{p}"];
    let tree = output(cargo(tree).args(kinds))?;
    // A crate that was listed before is marked with `(*)`, and a procedural macro with its kind.
    let name = |line: &str| line.split(" (").next().unwrap_or(line).trim().to_owned();
    let crates: BTreeSet<String> = tree.lines().map(name).filter(|name| !name.is_empty()).collect();
    ensure!(!crates.is_empty(), "`cargo tree` listed no crates");
    Ok(crates.len())
}

/// How long a debug build of the library with these features takes in an empty target folder.
fn cold_build(features: &str) -> Result<String> {
    let target = folder::create_for("weight", None)?;
    let (started, used) = (Instant::now(), processor_seconds()?);
    let build = ["build", "--package", "lessmq", "--no-default-features", "--features", features];
    let built = run_program(cargo(build).arg("--target-dir").arg(&target));
    let (took, used) = (started.elapsed().as_secs(), processor_seconds()? - used);
    folder::delete(&target)?;
    built.map(|()| format!("{took} s ({used} s of processor time)"))
}

/// The processor time that the finished children of this process have used (proc(5)).
fn processor_seconds() -> Result<u64> {
    const TICKS_PER_SECOND: u64 = 100;
    let status = fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
    // The second field, a name in parentheses, may contain spaces.
    let fields = status.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: Vec<u64> = fields.skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    ensure!(ticks.len() == 2, "/proc/self/stat has no processor time of children");
    Ok(ticks.iter().sum::<u64>() / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_over_its_budget_is_reported() {
        assert_eq!(excess("a service", 16_384, 16_384, "kB"), None);
        let over = excess("a service", 16_385, 16_384, "kB").expect("it is over its budget");
        assert_eq!(over, "a service needs 16385 kB, the budget is 16384");
    }

    #[test]
    fn the_library_stays_within_its_budget_of_crates() {
        for (features, budget) in BUDGETS {
            let crates = crates(features).expect("`cargo tree` works");
            assert!(crates <= budget, "`{features}` needs {crates} crates, the budget is {budget}");
        }
    }
}
