//! The conformance suite is itself tested, with drivers that have one defect each.

mod batches;
mod burying;
mod calling;
mod closing;
mod consuming;
mod driver;
mod envelopes;
mod leaking;
mod managing;
mod publishing;
mod redriving;
mod replying;
mod restarting;
mod routing;
mod settling;

use std::collections::BTreeSet;
use std::sync::Arc;

use lessmq::testing::conformance::{self, Case, CaseOutcome};
use lessmq::testing::conformance_tests;

use crate::driver::{Fault, FaultyHarness};

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
    let areas = [
        publishing::rows(),
        envelopes::rows(),
        batches::rows(),
        consuming::rows(),
        routing::rows(),
        settling::rows(),
        burying::rows(),
        redriving::rows(),
        calling::rows(),
        replying::rows(),
        managing::rows(),
        leaking::rows(),
        closing::rows(),
        restarting::rows(),
    ];
    areas.into_iter().flatten().collect()
}

fn case(name: &str) -> Case {
    let found = conformance::cases().iter().find(|case| case.name == name);
    *found.unwrap_or_else(|| panic!("there is no case `{name}`"))
}

#[tokio::test(start_paused = true)]
async fn every_faulty_driver_is_caught_by_its_cases() {
    let mut missed = Vec::new();
    for Row { defect, fault, caught_by } in rows() {
        for name in caught_by {
            let outcome = case(name).run(&FaultyHarness::new(fault.clone())).await.outcome;
            if !matches!(outcome, CaseOutcome::Failed(_)) {
                missed.push(format!("a driver that {defect}: {name} returned {outcome:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "not caught:\n{}", missed.join("\n"));
}

struct Honest;

impl Fault for Honest {}

/// The wrapper itself has no defect.
mod without_a_defect {
    use super::*;

    conformance_tests!(
        #[tokio::test(start_paused = true)]
        FaultyHarness::new(Arc::new(Honest))
    );
}

/// A case that no driver can fail proves nothing.
#[test]
fn every_case_catches_a_faulty_driver() {
    let catching: BTreeSet<&str> = rows().iter().flat_map(|row| row.caught_by).copied().collect();
    let idle: Vec<&str> =
        conformance::cases().iter().map(|case| case.name).filter(|name| !catching.contains(name)).collect();
    assert!(idle.is_empty(), "no faulty driver is caught by {idle:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_names_the_promise_and_what_was_seen() {
    let fault = Arc::new(settling::settling(|_, _| None));
    let result = case("an_acknowledged_message_is_forgotten").run(&FaultyHarness::new(fault)).await;
    let text = result.to_string();
    assert!(text.contains("FAILED: an_acknowledged_message_is_forgotten"), "{text}");
    assert!(text.contains("promised: Settlement::Acknowledge: the message was handled"), "{text}");
    assert!(text.contains("seen: "), "{text}");
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "FAILED: an_acknowledged_message_is_forgotten")]
async fn the_test_of_a_case_fails_with_it() {
    let fault = Arc::new(settling::settling(|_, _| None));
    conformance::run_case("an_acknowledged_message_is_forgotten", &FaultyHarness::new(fault)).await;
}
