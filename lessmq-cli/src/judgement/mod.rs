//! Whether a contract may follow another one: the rules of both `check` and `publish`.

pub(crate) mod releases;
mod retirements;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use jiff::civil::Date;
use lessmq::compat::{Bump, Severity};
use lessmq::contract::Contract;

pub(crate) use self::retirements::{MethodVersion, Retirements};
use crate::report::{
    BaselineKind, Comparison, Diagnostic, ExitStatus, Judgement, Rule, SETTINGS_FILE, Subject, Verdict,
    VersionStep, rule,
};
use crate::settings::Settings;
use crate::{changes, comparison};

/// Judges which contracts may follow which, with the exceptions of the settings file and the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) today: Date,
    /// The removals that the command line excuses.
    pub(crate) retirements: &'a Retirements,
}

impl Judge<'_> {
    /// How `new`, which `package` declares, follows `old`.
    pub(crate) fn judge(
        &self,
        old: &Contract,
        new: &Contract,
        kind: BaselineKind,
        package: &str,
    ) -> Judgement {
        let (Comparison { verdict, mut findings }, mut step) = comparison::evolution(old, new);
        step.version_suffices &= kind != BaselineKind::Live;
        for finding in &mut findings {
            self.accept(finding, &step);
            self.retirements.excuse(&old.service, finding);
        }
        let found = status_of(verdict, &findings, &step);
        let is_breaking = matches!(verdict, Verdict::Incompatible | Verdict::Undecided);
        if is_breaking && found == ExitStatus::Success && !step.version_suffices {
            // Every incompatible change is allowed, so what remains is a compatible one.
            step = VersionStep::new(Bump::Minor, &old.version, &new.version);
        }
        let objection = objection(old, new, kind, (verdict, found), &step);
        let objection = objection.map(|(rule, message)| {
            let help = format!("set the version of {package} to {} or later", step.least_version);
            let diagnostic = Diagnostic::new(&rule, Subject::package(package), message);
            if found == ExitStatus::NoAnswer { diagnostic } else { diagnostic.with_help(help) }
        });
        let least = if objection.is_some() { ExitStatus::Findings } else { ExitStatus::Success };
        Judgement {
            baseline_version: old.version.clone(),
            status: found.max(least),
            verdict,
            findings,
            step,
            objection,
            changes: changes::between(old, new),
        }
    }

    /// Applies what accepts a finding: the version, or an entry of the settings file.
    fn accept(&self, finding: &mut Diagnostic, step: &VersionStep) {
        if finding.severity == Severity::Error && step.version_suffices {
            finding.status = ExitStatus::Success;
            finding.note("version", "high enough to announce the change to consumers");
        }
        self.allow(finding);
    }

    /// Applies the entry of the settings file for a finding.
    pub(crate) fn allow(&self, finding: &mut Diagnostic) {
        let Some(fingerprint) = finding.fingerprint() else { return };
        let Some(allowance) = self.settings.allowance(fingerprint, self.today) else { return };
        let (reason, expires) = (&allowance.reason, allowance.expires);
        if allowance.expired {
            let text = format!("by {SETTINGS_FILE} until {expires}, and expired since then ({reason})");
            finding.note("allowed", text);
        } else {
            finding.status = ExitStatus::Success;
            finding.note("allowed", format!("by {SETTINGS_FILE} until {expires} ({reason})"));
        }
        finding.allowance = Some(allowance);
    }
}

/// Why `new` must not be released after `old`: the rule and the message. `None` if it may be.
fn objection(
    old: &Contract,
    new: &Contract,
    kind: BaselineKind,
    (verdict, found): (Verdict, ExitStatus),
    step: &VersionStep,
) -> Option<(Rule, String)> {
    let (baseline, version) = (&old.version, &new.version);
    let is_released = kind == BaselineKind::Released;
    let sets_a_limit = is_released || kind == BaselineKind::Committed;
    let too_low = |change: &str| {
        let message = format!("version {version} is too low for {change} after {baseline}");
        Some((rule::INSUFFICIENT_BUMP, message))
    };
    match version.cmp_precedence(baseline) {
        Ordering::Less if sets_a_limit => {
            let message =
                format!("version {version} is lower than {baseline}, the version that it is compared with");
            Some((rule::VERSION_LOWER, message))
        }
        _ if verdict == Verdict::Identical => None,
        Ordering::Equal if is_released => {
            let message = format!("version {baseline} is already released with a different contract");
            Some((rule::VERSION_TAKEN, message))
        }
        _ if found == ExitStatus::NoAnswer => {
            let message = format!("could not decide whether {version} is compatible with {baseline}");
            Some((rule::undecided(), message))
        }
        _ if found == ExitStatus::Findings => too_low("an incompatible change"),
        _ if is_released && !step.version_suffices => too_low(match verdict {
            Verdict::Compatible => "a compatible change",
            _ => "an allowed incompatible change",
        }),
        _ => None,
    }
}

/// The exit status for a verdict and its findings.
fn status_of(verdict: Verdict, findings: &[Diagnostic], step: &VersionStep) -> ExitStatus {
    let is_open = |severity| {
        let mut found = findings.iter().filter(|finding| finding.severity == severity).peekable();
        // A verdict without a finding as its reason cannot be allowed.
        found.peek().is_none() || found.any(|finding| !finding.is_accepted())
    };
    let has_warning = findings.iter().any(|finding| finding.severity == Severity::Warning);
    match verdict {
        Verdict::Identical | Verdict::Compatible => ExitStatus::Success,
        Verdict::Incompatible if is_open(Severity::Error) && !step.version_suffices => ExitStatus::Findings,
        Verdict::Incompatible if !has_warning => ExitStatus::Success,
        Verdict::Incompatible | Verdict::Undecided if is_open(Severity::Warning) => ExitStatus::NoAnswer,
        Verdict::Incompatible | Verdict::Undecided => ExitStatus::Success,
    }
}
