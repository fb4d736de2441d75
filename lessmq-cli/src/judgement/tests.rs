//! What findings and versions come to.

use jiff::civil::Date;
use lessmq::Never;
use lessmq::contract::{Contract, ContractBuilder, MethodMeta};
use serde_json::json;

use super::{Issue, Judge, Objection, Standing, outcome};
use crate::commands::Exit;
use crate::comparison::{self, Finding, Verdict};
use crate::settings::{Allowance, Settings};

const EXPIRES: Date = Date::constant(2027, 1, 31);

fn contract<T: lessmq::Payload>(version: &str) -> Contract {
    ContractBuilder::new("shop", version).call::<u64, T, Never>(MethodMeta::new("count")).build()
}

/// The same with another call, of which nobody knows what it replies.
fn undecided(mut contract: Contract, schema: &str) -> Contract {
    let mut call = contract.call("count").expect("it is there").clone();
    let elsewhere = json!({"$ref": format!("https://schemas.example/{schema}.json")});
    (call.reply.writes, call.reply.reads) = (elsewhere.clone(), elsewhere);
    contract.methods.insert("look".to_owned(), call.into());
    contract
}

/// What a change comes to, where the findings of these severities are allowed, or were until lately.
fn check(old: &Contract, new: &Contract, allowed: &[(&str, bool)], expected: (Verdict, Exit)) {
    let (comparison, step) = comparison::evolution(old, new);
    let allowance = |severity: &str| {
        let (_, expired) = allowed.iter().find(|(allowed, _)| *allowed == severity)?;
        Some(Allowance { reason: "it is meant".to_owned(), expires: EXPIRES, expired: *expired })
    };
    let issue = |finding: Finding| {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        Issue { place: None, allowance: allowance(&severity), finding }
    };
    let issues: Vec<Issue> = comparison.findings.into_iter().map(issue).collect();
    let outcome = outcome(comparison.verdict, &issues, &step);
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
    assert_eq!(outcome(Verdict::Incompatible, &[], &step), Exit::Findings);
    assert_eq!(outcome(Verdict::Undecided, &[], &step), Exit::NoAnswer);
}

/// The objection and the least version, where lessmq.toml allows all that is found until a day.
fn check_objection(
    old: &Contract,
    new: &Contract,
    standing: Standing,
    until: Option<&str>,
    expected: Option<(Objection, &str)>,
) {
    let (comparison, _) = comparison::evolution(old, new);
    let allow = |finding: &Finding| {
        let (finding, until) = (&finding.fingerprint, until?);
        Some(format!("[[allow]]\nfinding = \"{finding}\"\nreason = \"meant\"\nexpires = {until}\n"))
    };
    let text: String = comparison.findings.iter().filter_map(allow).collect();
    let settings: Settings = toml::from_str(&text).expect("it is well formed");
    let judgement = Judge { settings: &settings, today: EXPIRES }.judge(old, new, standing);
    let least = judgement.step.least_version.to_string();
    let found = judgement.objection.map(|objection| (objection, least.as_str()));
    assert_eq!(found, expected, "{} {standing:?} {until:?}", new.version);
    assert_eq!(judgement.outcome == Exit::Fine, found.is_none(), "{} {standing:?} {until:?}", new.version);
}

#[test]
fn what_was_released_stays_and_what_follows_has_the_version_that_it_needs() {
    use Objection::{InsufficientBump, VersionLower, VersionTaken};
    let old = contract::<u64>("1.2.0");
    let check = |new: Contract, expected: Option<(Objection, &str)>| {
        check_objection(&old, &new, Standing::Released, None, expected);
    };
    check(contract::<u64>("1.2.0"), None);
    check(contract::<u64>("1.2.0+rebuilt"), None);
    check(contract::<u64>("1.2.1"), None);
    check(contract::<u64>("1.1.9"), Some((VersionLower, "1.2.0")));
    check(contract::<u64>("1.2.0-rc.1"), Some((VersionLower, "1.2.0")));
    check(contract::<u32>("1.1.0"), Some((VersionLower, "1.3.0")));
    check(contract::<u32>("1.2.0"), Some((VersionTaken, "1.3.0")));
    check(contract::<u32>("1.2.0+rebuilt"), Some((VersionTaken, "1.3.0")));
    check(contract::<u32>("1.2.1"), Some((InsufficientBump, "1.3.0")));
    check(contract::<u32>("1.3.0"), None);
    check(contract::<String>("1.1.0"), Some((VersionLower, "2.0.0")));
    check(contract::<String>("1.2.0"), Some((VersionTaken, "2.0.0")));
    check(contract::<String>("1.3.0"), Some((InsufficientBump, "2.0.0")));
    check(contract::<String>("2.0.0"), None);
}

#[test]
fn what_is_only_committed_may_change_as_long_as_nobody_breaks_and_its_version_does_not_go_back() {
    use Objection::{InsufficientBump, VersionLower};
    let old = contract::<u64>("1.2.0");
    let check = |standing, new: Contract, expected: Option<(Objection, &str)>| {
        check_objection(&old, &new, standing, None, expected);
    };
    let broken = Some((InsufficientBump, "2.0.0"));
    check(Standing::Committed, contract::<u32>("1.2.0"), None);
    check(Standing::Committed, contract::<u32>("1.1.0"), Some((VersionLower, "1.3.0")));
    check(Standing::Committed, contract::<u64>("1.1.0"), Some((VersionLower, "1.2.0")));
    check(Standing::Committed, contract::<String>("1.2.0"), broken);
    check(Standing::Committed, contract::<String>("2.0.0"), None);
    for standing in [Standing::Past, Standing::Live] {
        check(standing, contract::<u32>("1.1.0"), None);
        check(standing, contract::<String>("1.2.0"), broken);
    }
    check(Standing::Past, contract::<String>("2.0.0"), None);
    check(Standing::Live, contract::<String>("2.0.0"), broken);
}

#[test]
fn a_break_that_is_allowed_asks_for_no_more_than_what_breaks_nobody() {
    use Objection::{InsufficientBump, VersionLower, VersionTaken};
    use Standing::{Committed, Released};
    let (old, new) = (contract::<u64>("1.2.0"), contract::<String>);
    let until = Some("2027-01-31");
    check_objection(&old, &new("1.3.0"), Released, None, Some((InsufficientBump, "2.0.0")));
    check_objection(&old, &new("1.3.0"), Released, until, None);
    check_objection(&old, &new("1.2.1"), Released, until, Some((InsufficientBump, "1.3.0")));
    check_objection(&old, &new("1.2.0"), Released, until, Some((VersionTaken, "1.3.0")));
    check_objection(&old, &new("1.1.0"), Released, until, Some((VersionLower, "1.3.0")));
    check_objection(&old, &new("1.2.0"), Committed, until, None);
    let past = Some("2027-01-30");
    check_objection(&old, &new("1.3.0"), Released, past, Some((InsufficientBump, "2.0.0")));
    check_objection(&old, &new("1.2.0"), Committed, past, Some((InsufficientBump, "2.0.0")));
}

#[test]
fn no_version_tells_of_what_is_undecided() {
    let old = undecided(contract::<u64>("1.2.0"), "a");
    for standing in [Standing::Released, Standing::Committed] {
        for version in ["1.3.0", "2.0.0"] {
            let new = undecided(contract::<u64>(version), "b");
            let expected = Some((Objection::Undecided, "2.0.0"));
            check_objection(&old, &new, standing, None, expected);
            check_objection(&old, &new, standing, Some("2027-01-31"), None);
        }
    }
}
