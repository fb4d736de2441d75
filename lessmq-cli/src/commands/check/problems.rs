//! What can be wrong with a service beside incompatible changes.

use lessmq::contract::Contract;
use semver::Version;

use super::model::{Committed, Document, Problem};
use crate::baseline::{Answer, Copies};
use crate::commands::Exit;
use crate::comparison::Verdict;
use crate::concerns::{self, Concern};
use crate::extract::Extracted;
use crate::judgement::{Judgement, Objection};

fn problem(rule: &'static Concern, message: String, remedy: String) -> Problem {
    Problem { rule, severity: rule.severity, message, remedy, exit: Exit::Findings }
}

/// What speaks against the version. A break that the version does not tell of is a finding already, and so is what
/// nobody can decide.
pub(super) fn of_version(found: &Extracted, old: &Version, judgement: &Judgement) -> Option<Problem> {
    let Contract { service, version, .. } = &found.contract;
    let least = &judgement.step.least_version;
    let remedy = format!("set the version of {} to {least} or later", found.package);
    let is_told = judgement.is_broken;
    match judgement.objection? {
        Objection::VersionLower => {
            let message = format!("`{service}` {version} is lower than {old}, which it follows");
            Some(problem(&concerns::VERSION_LOWER, message, remedy))
        }
        Objection::VersionTaken if !is_told => {
            let message = format!("`{service}` {old} was released with another contract");
            Some(problem(&concerns::VERSION_TAKEN, message, remedy))
        }
        Objection::InsufficientBump if !is_told => {
            let change = match judgement.verdict {
                Verdict::Compatible => "a compatible change",
                _ => "a break that is allowed",
            };
            let message =
                format!("`{service}` {version} follows {old} with {change}, and no minor step in version");
            Some(problem(&concerns::INSUFFICIENT_BUMP, message, remedy))
        }
        _ => None,
    }
}

pub(super) fn no_baseline(found: &Extracted, committed: &Committed, answer: &Answer) -> Problem {
    let service = &found.contract.service;
    let remedy = match answer.is_live {
        true => "start it; or is it on another broker, or in another --namespace?".to_owned(),
        false => {
            format!(
                "{} writes what the code says now; commit that",
                committed.refresh(&found.package, service)
            )
        }
    };
    let message =
        format!("`{service}` cannot be judged: there is nothing to check against at {}", answer.place);
    Problem { exit: Exit::NoAnswer, ..problem(&concerns::NO_BASELINE, message, remedy) }
}

pub(super) fn undeclared(service: &str, committed: &str) -> Problem {
    let message =
        format!("`{service}` has a committed contract, and no package declares it any more: {committed}");
    let remedy = format!(
        "bring its interfaces back; or, if the service is gone or is not of this workspace, delete contracts/{service}"
    );
    problem(&concerns::SERVICE_UNDECLARED, message, remedy)
}

pub(super) fn stale(found: &Extracted, committed: &Committed) -> Problem {
    let service = &found.contract.service;
    let what = match committed.state {
        Document::Missing => "does not exist",
        _ => "differs from what the code says",
    };
    let message = format!("the committed contract of `{service}` {what}: {}", committed.path);
    let remedy = format!("{} writes it anew; commit that", committed.refresh(&found.package, service));
    problem(&concerns::CONTRACT_STALE, message, remedy)
}

pub(super) fn copies_differ(service: &str, live: &[Copies]) -> Problem {
    let each = |copies: &Copies| {
        let id = copies.contract.id();
        format!("{} ({}) is run by {}", id.version, id.fingerprint.short(), copies.instances.join(", "))
    };
    let each: Vec<String> = live.iter().map(each).collect();
    let message = format!(
        "the live copies of `{service}` have {} different contracts: {}",
        live.len(),
        each.join("; ")
    );
    let remedy = "finish the roll-out, or undo it, so that all copies run one version".to_owned();
    problem(&concerns::COPIES_DIFFER, message, remedy)
}

pub(super) fn never_committed(service: &str, copies: &Copies) -> Problem {
    let id = copies.contract.id();
    let message = format!(
        "a contract of `{service}` is live that was never committed: {} ({}), run by {}",
        id.version,
        id.fingerprint.short(),
        copies.instances.join(", ")
    );
    let remedy =
        "deploy what is committed; or fetch the branch that this was built from, if it is only not here";
    problem(&concerns::LIVE_CONTRACT_UNKNOWN, message, remedy.to_owned())
}
