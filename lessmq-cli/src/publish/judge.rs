//! Whether a version may follow what was released.

use lessmq::contract::Contract;
use semver::Version;
use serde::Serialize;

use crate::changes::{self, MethodChange};
use crate::comparison::{self, Comparison, Step, Verdict};

/// Why a version may not be released.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) baseline_version: Version,
    #[serde(flatten)]
    pub(crate) comparison: Comparison,
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
}

/// What is asked of a version that has to do with one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// What was released stays as it is.
    Released,
    /// What was committed may not have been released yet: only its users must not break.
    Committed,
}

/// The objection to `new` after `baseline`, if there is one.
pub(crate) fn objection(baseline: &Contract, new: &Contract, strictness: Strictness) -> Option<Refusal> {
    let (comparison, step) = comparison::evolution(baseline, new);
    let same_version = baseline.version == new.version;
    let reason = match comparison.verdict {
        Verdict::Identical => return None,
        Verdict::Compatible if strictness == Strictness::Committed => return None,
        _ if same_version && strictness == Strictness::Released => Reason::VersionTaken,
        _ if step.version_suffices => return None,
        _ => Reason::InsufficientBump,
    };
    let changes = changes::between(baseline, new);
    Some(Refusal { reason, baseline_version: baseline.version.clone(), comparison, step, changes })
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
        let found = objection(&contract("1.2.0", &["get"]), &contract(version, calls), strictness);
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
