//! Statuses and objections.

use jiff::civil::Date;
use lessmq::Never;
use lessmq::contract::{Contract, ContractBuilder, MethodMeta};
use serde_json::json;

use super::{Judge, Retirements, status_of};
use crate::comparison;
use crate::report::{Allowance, BaselineKind, Diagnostic, ExitStatus, Verdict, rule};
use crate::settings::Settings;

const EXPIRES: Date = Date::constant(2027, 1, 31);

fn contract<T: lessmq::Payload>(version: &str) -> Contract {
    ContractBuilder::new("shop", version).call::<u64, T, Never>(MethodMeta::new("count")).build()
}

/// The same contract with another call, whose reply cannot be compared.
fn undecided(mut contract: Contract, schema: &str) -> Contract {
    let mut call = contract.call("count").expect("it is there").clone();
    let elsewhere = json!({"$ref": format!("https://schemas.example/{schema}.json")});
    (call.reply.writes, call.reply.reads) = (elsewhere.clone(), elsewhere);
    contract.methods.insert("look".to_owned(), call.into());
    contract
}

/// Checks the status of a change, if findings of these severities are allowed, or were (`true`).
fn check(old: &Contract, new: &Contract, allowed: &[(&str, bool)], expected: (Verdict, ExitStatus)) {
    let (comparison, step) = comparison::evolution(old, new);
    let allowance = |severity: &str| {
        let (_, expired) = allowed.iter().find(|(allowed, _)| *allowed == severity)?;
        Some(Allowance { reason: "it is meant".to_owned(), expires: EXPIRES, expired: *expired })
    };
    let mut findings = comparison.findings;
    for finding in &mut findings {
        finding.allowance = allowance(&format!("{:?}", finding.severity).to_lowercase());
    }
    let status = status_of(comparison.verdict, &findings, &step);
    assert_eq!((comparison.verdict, status), expected, "{allowed:?}");
}

#[test]
fn an_incompatible_change_is_a_finding_unless_it_is_allowed_or_announced_by_the_version() {
    let old = contract::<u64>("1.2.0");
    check(&old, &contract::<u64>("1.2.0"), &[], (Verdict::Identical, ExitStatus::Success));
    check(&old, &contract::<u32>("1.2.0"), &[], (Verdict::Compatible, ExitStatus::Success));
    let broken = contract::<String>("1.3.0");
    check(&old, &broken, &[], (Verdict::Incompatible, ExitStatus::Findings));
    check(&old, &broken, &[("warning", false)], (Verdict::Incompatible, ExitStatus::Findings));
    check(&old, &broken, &[("error", true)], (Verdict::Incompatible, ExitStatus::Findings));
    check(&old, &broken, &[("error", false)], (Verdict::Incompatible, ExitStatus::Success));
    check(&old, &contract::<String>("2.0.0"), &[], (Verdict::Incompatible, ExitStatus::Success));
}

#[test]
fn an_undecided_change_has_no_verdict_unless_it_is_allowed() {
    let old = undecided(contract::<u64>("1.2.0"), "a");
    let new = undecided(contract::<u64>("1.2.0"), "b");
    check(&old, &new, &[], (Verdict::Undecided, ExitStatus::NoAnswer));
    check(&old, &new, &[("error", false)], (Verdict::Undecided, ExitStatus::NoAnswer));
    check(&old, &new, &[("warning", true)], (Verdict::Undecided, ExitStatus::NoAnswer));
    check(&old, &new, &[("warning", false)], (Verdict::Undecided, ExitStatus::Success));
}

#[test]
fn a_break_next_to_an_undecided_finding_counts_first() {
    let old = undecided(contract::<u64>("1.2.0"), "a");
    let new = undecided(contract::<String>("1.2.0"), "b");
    check(&old, &new, &[], (Verdict::Incompatible, ExitStatus::Findings));
    check(&old, &new, &[("error", false)], (Verdict::Incompatible, ExitStatus::NoAnswer));
    check(&old, &new, &[("error", false), ("warning", false)], (Verdict::Incompatible, ExitStatus::Success));
    let major = undecided(contract::<String>("2.0.0"), "b");
    check(&old, &major, &[], (Verdict::Incompatible, ExitStatus::NoAnswer));
}

#[test]
fn a_verdict_without_findings_is_not_allowed() {
    let (_, step) = comparison::evolution(&contract::<u64>("1.2.0"), &contract::<String>("1.2.0"));
    assert_eq!(status_of(Verdict::Incompatible, &[], &step), ExitStatus::Findings);
    assert_eq!(status_of(Verdict::Undecided, &[], &step), ExitStatus::NoAnswer);
}

/// The rule of an objection, and the lowest version without one.
type Objection = (&'static str, &'static str);

const VERSION_TAKEN: &str = rule::VERSION_TAKEN.id;
const VERSION_LOWER: &str = rule::VERSION_LOWER.id;
const INSUFFICIENT_BUMP: &str = rule::INSUFFICIENT_BUMP.id;

/// Checks the objection to a change, if the settings file allows all its findings until a day.
fn check_objection(
    old: &Contract,
    new: &Contract,
    kind: BaselineKind,
    until: Option<&str>,
    expected: Option<Objection>,
) {
    let (comparison, _) = comparison::evolution(old, new);
    let allow = |finding: &Diagnostic| {
        let (fingerprint, until) = (finding.fingerprint()?, until?);
        Some(format!("[[allow]]\nfinding = \"{fingerprint}\"\nreason = \"meant\"\nexpires = {until}\n"))
    };
    let text: String = comparison.findings.iter().filter_map(allow).collect();
    let settings: Settings = toml::from_str(&text).expect("it is well formed");
    let judge = Judge { settings: &settings, today: EXPIRES, retirements: &Retirements::default() };
    let judgement = judge.judge(old, new, kind, "shop-service");
    let least = judgement.step.least_version.to_string();
    let found = judgement.objection.as_ref().map(|objection| (objection.rule, least.as_str()));
    assert_eq!(found, expected, "{} {kind:?} {until:?}", new.version);
    let is_success = judgement.status == ExitStatus::Success;
    assert_eq!(is_success, found.is_none(), "{} {kind:?} {until:?}", new.version);
}

#[test]
fn a_release_never_changes_and_its_successor_needs_a_sufficient_version() {
    let old = contract::<u64>("1.2.0");
    let check = |new: Contract, expected: Option<Objection>| {
        check_objection(&old, &new, BaselineKind::Released, None, expected);
    };
    check(contract::<u64>("1.2.0"), None);
    check(contract::<u64>("1.2.0+rebuilt"), None);
    check(contract::<u64>("1.2.1"), None);
    check(contract::<u64>("1.1.9"), Some((VERSION_LOWER, "1.2.0")));
    check(contract::<u64>("1.2.0-rc.1"), Some((VERSION_LOWER, "1.2.0")));
    check(contract::<u32>("1.1.0"), Some((VERSION_LOWER, "1.3.0")));
    check(contract::<u32>("1.2.0"), Some((VERSION_TAKEN, "1.3.0")));
    check(contract::<u32>("1.2.0+rebuilt"), Some((VERSION_TAKEN, "1.3.0")));
    check(contract::<u32>("1.2.1"), Some((INSUFFICIENT_BUMP, "1.3.0")));
    check(contract::<u32>("1.3.0"), None);
    check(contract::<String>("1.1.0"), Some((VERSION_LOWER, "2.0.0")));
    check(contract::<String>("1.2.0"), Some((VERSION_TAKEN, "2.0.0")));
    check(contract::<String>("1.3.0"), Some((INSUFFICIENT_BUMP, "2.0.0")));
    check(contract::<String>("2.0.0"), None);
}

#[test]
fn a_committed_contract_may_change_compatibly_without_a_lower_version() {
    let old = contract::<u64>("1.2.0");
    let check = |kind, new: Contract, expected: Option<Objection>| {
        check_objection(&old, &new, kind, None, expected);
    };
    let broken = Some((INSUFFICIENT_BUMP, "2.0.0"));
    check(BaselineKind::Committed, contract::<u32>("1.2.0"), None);
    check(BaselineKind::Committed, contract::<u32>("1.1.0"), Some((VERSION_LOWER, "1.3.0")));
    check(BaselineKind::Committed, contract::<u64>("1.1.0"), Some((VERSION_LOWER, "1.2.0")));
    check(BaselineKind::Committed, contract::<String>("1.2.0"), broken);
    check(BaselineKind::Committed, contract::<String>("2.0.0"), None);
    for kind in [BaselineKind::Past, BaselineKind::Live] {
        check(kind, contract::<u32>("1.1.0"), None);
        check(kind, contract::<String>("1.2.0"), broken);
    }
    check(BaselineKind::Past, contract::<String>("2.0.0"), None);
    check(BaselineKind::Live, contract::<String>("2.0.0"), broken);
}

#[test]
fn an_allowed_break_needs_the_version_of_a_compatible_change() {
    use BaselineKind::{Committed, Released};
    let (old, new) = (contract::<u64>("1.2.0"), contract::<String>);
    let until = Some("2027-01-31");
    check_objection(&old, &new("1.3.0"), Released, None, Some((INSUFFICIENT_BUMP, "2.0.0")));
    check_objection(&old, &new("1.3.0"), Released, until, None);
    check_objection(&old, &new("1.2.1"), Released, until, Some((INSUFFICIENT_BUMP, "1.3.0")));
    check_objection(&old, &new("1.2.0"), Released, until, Some((VERSION_TAKEN, "1.3.0")));
    check_objection(&old, &new("1.1.0"), Released, until, Some((VERSION_LOWER, "1.3.0")));
    check_objection(&old, &new("1.2.0"), Committed, until, None);
    let past = Some("2027-01-30");
    check_objection(&old, &new("1.3.0"), Released, past, Some((INSUFFICIENT_BUMP, "2.0.0")));
    check_objection(&old, &new("1.2.0"), Committed, past, Some((INSUFFICIENT_BUMP, "2.0.0")));
}

#[test]
fn no_version_announces_an_undecided_change() {
    let old = undecided(contract::<u64>("1.2.0"), "a");
    for kind in [BaselineKind::Released, BaselineKind::Committed] {
        for version in ["1.3.0", "2.0.0"] {
            let new = undecided(contract::<u64>(version), "b");
            let expected = Some((rule::undecided().id, "2.0.0"));
            check_objection(&old, &new, kind, None, expected);
            check_objection(&old, &new, kind, Some("2027-01-31"), None);
        }
    }
}
