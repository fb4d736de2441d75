//! What findings come to.

use jiff::civil::Date;
use lessmq::Never;
use lessmq::contract::{Contract, ContractBuilder, MethodMeta};
use serde_json::json;

use super::{Compared, Issue};
use crate::commands::Exit;
use crate::comparison::{self, Verdict};
use crate::settings::Allowance;

const EXPIRES: Date = Date::constant(2027, 1, 31);

fn contract<T: lessmq::Payload>(version: &str) -> Contract {
    ContractBuilder::new("shop", version).call::<u64, T, Never>(MethodMeta::new("count")).build()
}

/// The same with another call, of which nobody knows what it replies.
fn undecided(mut contract: Contract, schema: &str) -> Contract {
    let mut call = contract.calls["count"].clone();
    let elsewhere = json!({"$ref": format!("https://schemas.example/{schema}.json")});
    (call.reply.writes, call.reply.reads) = (elsewhere.clone(), elsewhere);
    contract.calls.insert("look".to_owned(), call);
    contract
}

/// What a change comes to, where the findings of these severities are allowed, or were until lately.
fn check(old: &Contract, new: &Contract, allowed: &[(&str, bool)], expected: (Verdict, Exit)) {
    let (comparison, step) = comparison::evolution(old, new);
    let allowance = |severity: &str| {
        let (_, expired) = allowed.iter().find(|(allowed, _)| *allowed == severity)?;
        Some(Allowance { reason: "it is meant".to_owned(), expires: EXPIRES, expired: *expired })
    };
    let issue = |finding: comparison::Finding| {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        Issue { place: None, allowance: allowance(&severity), finding }
    };
    let issues: Vec<Issue> = comparison.findings.into_iter().map(issue).collect();
    let outcome = Compared::outcome(comparison.verdict, &issues, &step);
    assert_eq!((comparison.verdict, outcome), expected, "{allowed:?}");
}

#[test]
fn a_break_is_a_finding_unless_it_is_allowed_or_the_version_tells_of_it() {
    let old = contract::<u64>("1.2.0");
    check(&old, &contract::<u64>("1.2.0"), &[], (Verdict::Identical, Exit::Fine));
    check(&old, &contract::<u32>("1.2.0"), &[], (Verdict::Compatible, Exit::Fine));
    let broken = contract::<String>("1.3.0");
    check(&old, &broken, &[], (Verdict::Incompatible, Exit::Findings));
    check(&old, &broken, &[("warning", false)], (Verdict::Incompatible, Exit::Findings));
    check(&old, &broken, &[("error", true)], (Verdict::Incompatible, Exit::Findings));
    check(&old, &broken, &[("error", false)], (Verdict::Incompatible, Exit::Fine));
    check(&old, &contract::<String>("2.0.0"), &[], (Verdict::Incompatible, Exit::Fine));
}

#[test]
fn what_is_undecided_is_no_answer_unless_it_is_allowed() {
    let old = undecided(contract::<u64>("1.2.0"), "a");
    let new = undecided(contract::<u64>("1.2.0"), "b");
    check(&old, &new, &[], (Verdict::Undecided, Exit::NoAnswer));
    check(&old, &new, &[("error", false)], (Verdict::Undecided, Exit::NoAnswer));
    check(&old, &new, &[("warning", true)], (Verdict::Undecided, Exit::NoAnswer));
    check(&old, &new, &[("warning", false)], (Verdict::Undecided, Exit::Fine));
}

#[test]
fn a_break_beside_what_is_undecided_is_a_finding_and_without_it_no_answer() {
    let old = undecided(contract::<u64>("1.2.0"), "a");
    let new = undecided(contract::<String>("1.2.0"), "b");
    check(&old, &new, &[], (Verdict::Incompatible, Exit::Findings));
    check(&old, &new, &[("error", false)], (Verdict::Incompatible, Exit::NoAnswer));
    check(&old, &new, &[("error", false), ("warning", false)], (Verdict::Incompatible, Exit::Fine));
    let major = undecided(contract::<String>("2.0.0"), "b");
    check(&old, &major, &[], (Verdict::Incompatible, Exit::NoAnswer));
}

#[test]
fn a_verdict_whose_reason_nobody_told_is_not_allowed() {
    let (_, step) = comparison::evolution(&contract::<u64>("1.2.0"), &contract::<String>("1.2.0"));
    assert_eq!(Compared::outcome(Verdict::Incompatible, &[], &step), Exit::Findings);
    assert_eq!(Compared::outcome(Verdict::Undecided, &[], &step), Exit::NoAnswer);
}
