//! Whether a version may follow what was released.

use jiff::civil::Date;
use lessmq::contract::Contract;
use semver::Version;
use serde::Serialize;

use crate::changes::{self, MethodChange};
use crate::commands::Exit;
use crate::commands::check::{Compared, Issue};
use crate::comparison::{self, Comparison, Finding, Step, Verdict};
use crate::settings::Settings;

/// Why a version may not be released.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) baseline_version: Version,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Issue>,
    #[serde(flatten)]
    pub(crate) step: Step,
    pub(crate) changes: Vec<MethodChange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reason {
    /// The version was released with another contract.
    VersionTaken,
    /// The change asks for a greater step in version.
    InsufficientBump,
    /// Nobody can say whether it breaks anybody, and no version tells of that.
    Undecided,
}

/// What is asked of a version that has to do with one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// What was released stays as it is.
    Released,
    /// What was committed may not have been released yet: only its users must not break.
    Committed,
}

/// Says which versions may follow which, with what lessmq.toml allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) today: Date,
}

impl Judge<'_> {
    /// The objection to `new` after `baseline`, if there is one.
    pub(crate) fn objection(
        &self,
        baseline: &Contract,
        new: &Contract,
        strictness: Strictness,
    ) -> Option<Refusal> {
        let (Comparison { verdict, findings }, step) = comparison::evolution(baseline, new);
        let issue = |finding: Finding| {
            let allowance = self.settings.allowance(&finding.fingerprint, self.today);
            Issue { finding, place: None, allowance }
        };
        let findings: Vec<Issue> = findings.into_iter().map(issue).collect();
        let outcome = Compared::outcome(verdict, &findings, &step);
        let breaks = matches!(verdict, Verdict::Incompatible | Verdict::Undecided);
        let is_all_allowed = breaks && outcome == Exit::Fine && !step.version_suffices;
        let step = if is_all_allowed { Step::of_compatible(&baseline.version, &new.version) } else { step };
        let same_version = baseline.version == new.version;
        let reason = match strictness {
            _ if verdict == Verdict::Identical => return None,
            Strictness::Committed if is_all_allowed || !breaks => return None,
            Strictness::Released if same_version => Reason::VersionTaken,
            _ if outcome == Exit::NoAnswer => Reason::Undecided,
            _ if step.version_suffices => return None,
            _ => Reason::InsufficientBump,
        };
        let changes = changes::between(baseline, new);
        let baseline_version = baseline.version.clone();
        Some(Refusal { reason, baseline_version, verdict, findings, step, changes })
    }
}

/// The release that a version follows: the last one below it that was not taken back.
pub(crate) fn predecessor<'v>(
    released: impl IntoIterator<Item = &'v Version>,
    version: &Version,
) -> Option<&'v Version> {
    released.into_iter().filter(|released| *released < version).max()
}

#[cfg(test)]
mod tests {
    use lessmq::contract::{ContractBuilder, MethodMeta};

    use super::*;

    const TODAY: Date = Date::constant(2027, 1, 31);

    /// The reason and the least version, where lessmq.toml allows all that is found until a day.
    fn check_allowed(
        old: &Contract,
        new: &Contract,
        strictness: Strictness,
        until: Option<&str>,
        expected: Option<(Reason, &str)>,
    ) {
        let (comparison, _) = comparison::evolution(old, new);
        let allow = |finding: &Finding| {
            let (finding, until) = (&finding.fingerprint, until?);
            Some(format!("[[allow]]\nfinding = \"{finding}\"\nreason = \"meant\"\nexpires = {until}\n"))
        };
        let text: String = comparison.findings.iter().filter_map(allow).collect();
        let settings: Settings = toml::from_str(&text).expect("it is well formed");
        let found = Judge { settings: &settings, today: TODAY }.objection(old, new, strictness);
        let found = found.map(|refusal| (refusal.reason, refusal.step.least_version.to_string()));
        let expected = expected.map(|(reason, least)| (reason, least.to_owned()));
        assert_eq!(found, expected, "{} {strictness:?} {until:?}", new.version);
    }

    /// With a reply of which nobody knows what it is.
    fn undecided(version: &str, schema: &str) -> Contract {
        let mut contract = contract(version, &["get"]);
        let elsewhere = serde_json::json!({"$ref": format!("https://schemas.example/{schema}.json")});
        let call = contract.calls.get_mut("get").expect("it has the call");
        (call.reply.writes, call.reply.reads) = (elsewhere.clone(), elsewhere);
        contract
    }

    #[test]
    fn a_break_that_is_allowed_asks_for_no_more_than_what_breaks_nobody() {
        use Reason::{InsufficientBump, VersionTaken};
        use Strictness::{Committed, Released};
        let (old, new) = (contract("1.2.0", &["get"]), |version| contract(version, &["put"]));
        let until = Some("2027-01-31");
        check_allowed(&old, &new("1.3.0"), Released, None, Some((InsufficientBump, "2.0.0")));
        check_allowed(&old, &new("1.3.0"), Released, until, None);
        check_allowed(&old, &new("1.2.1"), Released, until, Some((InsufficientBump, "1.3.0")));
        check_allowed(&old, &new("1.2.0"), Released, until, Some((VersionTaken, "1.3.0")));
        check_allowed(&old, &new("1.2.0"), Committed, until, None);
        let past = Some("2027-01-30");
        check_allowed(&old, &new("1.3.0"), Released, past, Some((InsufficientBump, "2.0.0")));
        check_allowed(&old, &new("1.2.0"), Committed, past, Some((InsufficientBump, "2.0.0")));
    }

    #[test]
    fn no_version_tells_of_what_is_undecided() {
        let old = undecided("1.2.0", "a");
        for strictness in [Strictness::Released, Strictness::Committed] {
            for version in ["1.3.0", "2.0.0"] {
                let new = undecided(version, "b");
                check_allowed(&old, &new, strictness, None, Some((Reason::Undecided, "2.0.0")));
                check_allowed(&old, &new, strictness, Some("2027-01-31"), None);
            }
        }
    }

    fn contract(version: &str, calls: &[&'static str]) -> Contract {
        let build = |builder: ContractBuilder, call: &&'static str| {
            builder.call::<u32, u32, lessmq::Never>(MethodMeta::new(call))
        };
        calls.iter().fold(ContractBuilder::new("user", version), build).build()
    }

    fn check(
        (version, calls): (&str, &[&'static str]),
        strictness: Strictness,
        expected: Option<(Reason, &str)>,
    ) {
        let judge = Judge { settings: &Settings::default(), today: TODAY };
        let found = judge.objection(&contract("1.2.0", &["get"]), &contract(version, calls), strictness);
        let found = found.map(|refusal| (refusal.reason, refusal.step.least_version.to_string()));
        let expected = expected.map(|(reason, least)| (reason, least.to_owned()));
        assert_eq!(found, expected, "{version} {calls:?} {strictness:?}");
    }

    #[test]
    fn what_was_released_stays_and_what_follows_has_the_version_that_it_needs() {
        use Reason::{InsufficientBump, VersionTaken};
        use Strictness::Released;
        check(("1.2.0", &["get"]), Released, None);
        check(("1.2.1", &["get"]), Released, None);
        check(("1.2.0", &["get", "put"]), Released, Some((VersionTaken, "1.3.0")));
        check(("1.2.1", &["get", "put"]), Released, Some((InsufficientBump, "1.3.0")));
        check(("1.3.0", &["get", "put"]), Released, None);
        check(("1.2.0", &[]), Released, Some((VersionTaken, "2.0.0")));
        check(("1.3.0", &[]), Released, Some((InsufficientBump, "2.0.0")));
        check(("2.0.0", &[]), Released, None);
    }

    #[test]
    fn what_is_only_committed_may_change_as_long_as_nobody_breaks() {
        use Strictness::Committed;
        check(("1.2.0", &["get", "put"]), Committed, None);
        check(("1.2.0", &[]), Committed, Some((Reason::InsufficientBump, "2.0.0")));
        check(("2.0.0", &[]), Committed, None);
    }

    #[test]
    fn a_version_follows_the_last_one_below_it() {
        let released: Vec<Version> =
            ["1.0.0", "2.0.0", "1.1.0"].iter().map(|text| text.parse().expect("a version")).collect();
        let check = |version: &str, expected: Option<&str>| {
            let version: Version = version.parse().expect("a version");
            let found = predecessor(&released, &version).map(ToString::to_string);
            assert_eq!(found.as_deref(), expected, "{version}");
        };
        check("1.2.0", Some("1.1.0"));
        check("1.1.0", Some("1.0.0"));
        check("3.0.0", Some("2.0.0"));
        check("0.9.0", None);
    }
}
