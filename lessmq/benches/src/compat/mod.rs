//! The comparison of contracts: usual pairs, hard cases, and the same with the `jsoncompat` crate.

mod pairs;
#[cfg(jsoncompat)]
mod rival;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lessmq::compat::{Options, Verdict, check_evolution, compare_schemas};

use self::pairs::Pair;

/// One line of the table.
struct Measured {
    name: &'static str,
    /// The median of each pair over the turns.
    medians: Vec<Duration>,
}

/// Measures all cases and prints them.
pub(crate) fn compare(turns: usize) -> Result<()> {
    let usual = pairs::usual();
    println!("\nContracts: one comparison, in microseconds");
    println!("  {:<44} {:>6} {:>10} {:>10} {:>10}", "", "pairs", "median", "p99", "most");
    let name = "pairs of Rust types";
    check_verdicts(&usual)?;
    print(&measured("LessMQ", &usual, turns, ours), name);
    #[cfg(jsoncompat)]
    print(&measured("jsoncompat", &usual, turns, rival::is_compatible), name);
    // `jsoncompat` did not finish this case within two minutes, even with ten variants.
    let recursive = vec![pairs::recursive_enum(100)];
    check_verdicts(&recursive)?;
    print(&measured("LessMQ", &recursive, turns, ours), "a recursive enum of 100 variants");
    for large in [pairs::large_enum(200_000, false), pairs::large_enum(200_000, true)] {
        let name = format!("{}, {} KB", large.name, large.new.to_string().len() / 1_000);
        let large = vec![large];
        check_verdicts(&large)?;
        print(&measured("LessMQ", &large, turns.min(5), ours), &name);
    }
    let (old, new) = pairs::contracts(100, 300);
    let evolution = repeated(turns, || {
        std::hint::black_box(check_evolution(&old, &new));
    });
    print(&Measured { name: "LessMQ", medians: vec![evolution] }, "a contract of 100 methods and 300 types");
    Ok(())
}

fn ours(pair: &Pair) -> bool {
    let comparison = compare_schemas(&pair.old, &pair.new, &Options::default());
    matches!(comparison.verdict, Verdict::Identical | Verdict::Compatible)
}

/// Checks that the verdicts are right.
fn check_verdicts(pairs: &[Pair]) -> Result<()> {
    for pair in pairs {
        ensure!(ours(pair) == pair.is_compatible, "wrong verdict for `{}`", pair.name);
    }
    Ok(())
}

fn measured(name: &'static str, pairs: &[Pair], turns: usize, compare: fn(&Pair) -> bool) -> Measured {
    let median = |pair| {
        repeated(turns, || {
            std::hint::black_box(compare(pair));
        })
    };
    Measured { name, medians: pairs.iter().map(median).collect() }
}

/// The median time of `work`.
fn repeated(turns: usize, work: impl Fn()) -> Duration {
    let time = || {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    let mut times: Vec<Duration> = (0..turns).map(|_| time()).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn print(measured: &Measured, case: &str) {
    let mut medians = measured.medians.clone();
    medians.sort_unstable();
    let at = |share: f64| medians[((medians.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e6;
    println!(
        "  {:<44} {:>6} {:>10.1} {:>10.1} {:>10.1}",
        format!("{case}: {}", measured.name),
        medians.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
