//! The conformance suite is itself tested: with drivers that have one defect each.

mod calling;
mod closing;
mod consuming;
mod driver;
mod publishing;
mod settling;

use std::collections::BTreeSet;
use std::sync::Arc;

use lessmq::testing::conformance::{self, Case, Outcome};

use driver::{Fault, FaultyHarness};

/// A defect, and the cases each of which must notice it.
struct Row {
    defect: &'static str,
    fault: Arc<dyn Fault>,
    caught_by: &'static [&'static str],
}

fn row(defect: &'static str, fault: impl Fault, caught_by: &'static [&'static str]) -> Row {
    Row { defect, fault: Arc::new(fault), caught_by }
}

fn rows() -> Vec<Row> {
    let areas = [publishing::rows(), consuming::rows(), settling::rows(), calling::rows(), closing::rows()];
    areas.into_iter().flatten().collect()
}

fn case(name: &str) -> Case {
    let found = conformance::cases().into_iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("there is no case `{name}`"))
}

#[tokio::test(start_paused = true)]
async fn every_faulty_driver_is_caught_by_its_case() {
    let mut missed = Vec::new();
    for Row { defect, fault, caught_by } in rows() {
        for name in caught_by {
            let outcome = case(name).run(&FaultyHarness::new(fault.clone())).await.outcome;
            if !matches!(outcome, Outcome::Failed(_)) {
                missed.push(format!("a driver that {defect}: {name} says {outcome:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
}

struct Honest;

impl Fault for Honest {}

#[tokio::test(start_paused = true)]
async fn the_driver_without_a_defect_passes() {
    conformance::run_all(&FaultyHarness::new(Arc::new(Honest))).await.assert_passed();
}

/// A case that no driver can fail proves nothing. Those that need a broker to restart are left out: a bus in memory
/// cannot.
#[test]
fn every_case_catches_a_faulty_driver() {
    let catching: BTreeSet<&str> = rows().iter().flat_map(|row| row.caught_by).copied().collect();
    let idle: Vec<&str> = conformance::cases()
        .iter()
        .map(|case| case.name)
        .filter(|name| !catching.contains(name) && !name.ends_with("after_a_restart_of_the_broker"))
        .filter(|name| !name.ends_with("survive_a_restart_of_the_broker"))
        .collect();
    assert!(idle.is_empty(), "no faulty driver is caught by {idle:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_tells_the_promise_and_what_was_seen() {
    let fault = Arc::new(settling::settling(|_, _| None));
    let result = case("an_acknowledged_message_is_forgotten").run(&FaultyHarness::new(fault)).await;
    let text = result.to_string();
    assert!(text.contains("FAILED an_acknowledged_message_is_forgotten"), "{text}");
    assert!(text.contains("promised: Settlement::Acknowledge: the broker forgets it"), "{text}");
    assert!(text.contains("seen: "), "{text}");
}
