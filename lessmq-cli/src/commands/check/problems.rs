//! What can be wrong with a service beside incompatible changes.

use lessmq::compat::Severity;

use super::model::{Committed, Document, Problem};
use crate::baseline::{Answer, Copies};
use crate::commands::Exit;
use crate::extract::Extracted;

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
    Problem {
        rule: "no-baseline",
        severity: Severity::Error,
        message: format!(
            "`{service}` cannot be judged: there is nothing to check against at {}",
            answer.place
        ),
        remedy,
        exit: Exit::NoAnswer,
    }
}

pub(super) fn undeclared(service: &str, committed: &str) -> Problem {
    Problem {
        rule: "service-undeclared",
        severity: Severity::Error,
        message: format!(
            "`{service}` has a committed contract, and no package declares it any more: {committed}"
        ),
        remedy: format!(
            "bring its interfaces back; or, if the service is gone or is not of this workspace, delete contracts/{service}"
        ),
        exit: Exit::Findings,
    }
}

pub(super) fn stale(found: &Extracted, committed: &Committed) -> Problem {
    let service = &found.contract.service;
    let what = match committed.state {
        Document::Missing => "does not exist",
        _ => "differs from what the code says",
    };
    Problem {
        rule: "contract-stale",
        severity: Severity::Error,
        message: format!("the committed contract of `{service}` {what}: {}", committed.path),
        remedy: format!("{} writes it anew; commit that", committed.refresh(&found.package, service)),
        exit: Exit::Findings,
    }
}

pub(super) fn copies_differ(service: &str, live: &[Copies]) -> Problem {
    let each = |copies: &Copies| {
        let id = copies.contract.id();
        format!("{} ({}) is run by {}", id.version, id.fingerprint.short(), copies.instances.join(", "))
    };
    let each: Vec<String> = live.iter().map(each).collect();
    Problem {
        rule: "copies-differ",
        severity: Severity::Error,
        message: format!(
            "the live copies of `{service}` have {} different contracts: {}",
            live.len(),
            each.join("; ")
        ),
        remedy: "finish the roll-out, or undo it, so that all copies run one version".to_owned(),
        exit: Exit::Findings,
    }
}

pub(super) fn never_committed(service: &str, copies: &Copies) -> Problem {
    let id = copies.contract.id();
    Problem {
        rule: "live-contract-unknown",
        severity: Severity::Error,
        message: format!(
            "a contract of `{service}` is live that was never committed: {} ({}), run by {}",
            id.version,
            id.fingerprint.short(),
            copies.instances.join(", ")
        ),
        remedy:
            "deploy what is committed; or fetch the branch that this was built from, if it is only not here"
                .to_owned(),
        exit: Exit::Findings,
    }
}
