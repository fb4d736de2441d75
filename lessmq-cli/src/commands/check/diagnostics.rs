//! The diagnostics of a service apart from its changes.

use crate::baseline::{Found, LiveCopies};
use crate::extract::Extracted;
use crate::report::{CommittedContract, Diagnostic, ExitStatus, Freshness, Rule, Subject, rule};

fn diagnostic(rule: &Rule, package: &str, message: String, help: String) -> Diagnostic {
    Diagnostic::new(rule, Subject::package(package), message).with_help(help)
}

pub(super) fn no_baseline(found: &Extracted, committed: &CommittedContract, baselines: &Found) -> Diagnostic {
    let (service, package) = (&found.contract.service, &found.package);
    let help = match baselines.is_live {
        true => "start the service, or check the address of the broker and --namespace".to_owned(),
        false => format!("run {} and commit the result", committed.refresh_command(package, service)),
    };
    let message = format!("cannot check `{service}`: there is no baseline at {}", baselines.place);
    let diagnostic = diagnostic(&rule::NO_BASELINE, package, message, help);
    Diagnostic { status: ExitStatus::NoAnswer, ..diagnostic }
}

pub(super) fn not_published(
    found: &Extracted,
    committed: &CommittedContract,
    baselines: &Found,
) -> Diagnostic {
    let (service, package) = (&found.contract.service, &found.package);
    let message = format!("`{service}` is not published yet: there is no contract at {}", baselines.place);
    let help = format!("run {} and commit the result", committed.refresh_command(package, service));
    diagnostic(&rule::NOT_PUBLISHED, package, message, help)
}

pub(super) fn undeclared(service: &str, committed: &str) -> Diagnostic {
    let message = format!("no package declares `{service}`, but its contract is committed: {committed}");
    let help = format!(
        "declare its interfaces again; if the service is gone or belongs to another workspace, delete contracts/{service}"
    );
    diagnostic(&rule::SERVICE_UNDECLARED, "none", message, help)
}

pub(super) fn stale(found: &Extracted, committed: &CommittedContract) -> Diagnostic {
    let (service, package, path) = (&found.contract.service, &found.package, &committed.path);
    let what = match committed.state {
        Freshness::Missing => "is missing",
        _ => "is not up to date with the code",
    };
    let message = format!("the committed contract of `{service}` {what}: {path}");
    let help = format!("run {} and commit the result", committed.refresh_command(package, service));
    diagnostic(&rule::CONTRACT_STALE, package, message, help)
}

pub(super) fn copies_differ(found: &Extracted, live: &[LiveCopies]) -> Diagnostic {
    let copies: Vec<String> = live.iter().map(described).collect();
    let message = format!(
        "the live copies of `{}` have {} different contracts: {}",
        found.contract.service,
        live.len(),
        copies.join("; ")
    );
    let help = "finish the roll-out or undo it, so that all copies run one version".to_owned();
    diagnostic(&rule::COPIES_DIFFER, &found.package, message, help)
}

pub(super) fn never_committed(found: &Extracted, copies: &LiveCopies) -> Diagnostic {
    let message =
        format!("a live contract of `{}` was never committed: {}", found.contract.service, described(copies));
    let help = "deploy a committed version, or fetch the branch that the live version was built from";
    diagnostic(&rule::LIVE_CONTRACT_UNKNOWN, &found.package, message, help.to_owned())
}

/// The version of a live contract, and the instances that provide it.
fn described(copies: &LiveCopies) -> String {
    let id = copies.contract.id();
    format!("{} ({}) on {}", id.version, id.fingerprint.short(), copies.instances.join(", "))
}
