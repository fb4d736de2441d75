//! The report of `check`.

use lessmq::compat::Severity;
use semver::Version;
use serde::Serialize;

use super::{
    BaselineKind, Diagnostic, ExitStatus, Judgement, Report, SETTINGS_FILE, rule, unused_type_warning,
};

/// All services that were checked.
#[derive(Debug, Serialize)]
pub(crate) struct CheckReport {
    pub(crate) status: ExitStatus,
    pub(crate) services: Vec<ServiceReport>,
    /// Fingerprints that the settings file allows and that no finding has.
    pub(crate) unused_allowances: Vec<String>,
    /// Types in the settings that no contract has.
    pub(crate) unused_types: Vec<String>,
    /// The path from the top of the repository to the workspace: `inner/`, or empty.
    #[serde(skip)]
    pub(crate) prefix: String,
}

/// One service that was checked.
#[derive(Debug, Serialize)]
pub(crate) struct ServiceReport {
    pub(crate) service: String,
    pub(crate) package: String,
    pub(crate) version: Version,
    pub(crate) fingerprint: String,
    pub(crate) status: ExitStatus,
    pub(crate) committed: CommittedContract,
    /// Where baselines were looked for.
    pub(crate) against: String,
    /// The newest first.
    pub(crate) baselines: Vec<BaselineReport>,
    /// What is wrong apart from the comparisons.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The contract document that is committed next to the code.
#[derive(Debug, Serialize)]
pub(crate) struct CommittedContract {
    pub(crate) path: String,
    /// Whether the document is part of a contract crate, or is to be.
    #[serde(skip)]
    pub(crate) is_crate: bool,
    pub(crate) state: Freshness,
    /// Whether git has another version of the document, or none. Known only if git is the baseline.
    pub(crate) uncommitted: bool,
}

/// Whether the committed files are up to date with the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Freshness {
    Fresh,
    Stale,
    Missing,
}

/// How the code compares with one baseline.
#[derive(Debug, Serialize)]
pub(crate) struct BaselineReport {
    pub(crate) origin: String,
    pub(crate) fingerprint: String,
    pub(crate) kind: BaselineKind,
    #[serde(flatten)]
    pub(crate) judgement: Judgement,
}

impl Freshness {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Missing => "missing",
        }
    }
}

impl CommittedContract {
    /// The command that writes the committed contract.
    pub(crate) fn refresh_command(&self, package: &str, service: &str) -> String {
        match self.is_crate {
            true => format!("`lessmq-cli publish -p {package} --service {service}`"),
            false => format!("`lessmq-cli contract -p {package} --service {service} --write`"),
        }
    }
}

impl Report for CheckReport {
    fn status(&self) -> ExitStatus {
        self.status
    }

    fn warnings(&self) -> Vec<String> {
        let unused = |finding: &String| {
            format!("{SETTINGS_FILE} allows finding {finding}, which no longer exists: remove the entry")
        };
        let uncommitted = |service: &ServiceReport| {
            format!("{} has uncommitted changes, which others do not see", service.committed.path)
        };
        let committed = self.services.iter().filter(|service| service.committed.uncommitted);
        let types = self.unused_types.iter().map(|ty| unused_type_warning(ty));
        self.unused_allowances.iter().map(unused).chain(types).chain(committed.map(uncommitted)).collect()
    }

    fn hints(&self) -> Vec<String> {
        let mut hints: Vec<String> = self.services.iter().filter_map(ServiceReport::hint).collect();
        hints.dedup();
        hints
    }
}

impl ServiceReport {
    fn hint(&self) -> Option<String> {
        let (service, package) = (&self.service, &self.package);
        let is_broken = |baseline: &&BaselineReport| baseline.judgement.status == ExitStatus::Findings;
        let broken = || self.baselines.iter().filter(is_broken);
        if broken().any(|baseline| baseline.kind == BaselineKind::Live) {
            return Some(format!(
                "make the change of `{service}` compatible: consumers of the live copies keep running, whatever the \
                 version"
            ));
        }
        let is_too_low = |baseline: &&BaselineReport| {
            is_broken(baseline) || baseline.judgement.version_objection().is_some()
        };
        let too_low = self.baselines.iter().filter(is_too_low);
        if let Some(least) = too_low.map(|baseline| &baseline.judgement.step.least_version).max() {
            let objected = self.baselines.iter().filter(|it| it.judgement.version_objection().is_some());
            let compatible = objected.map(|baseline| baseline.judgement.least_compatible_version()).max();
            return Some(match (broken().any(BaselineReport::has_open_error), compatible) {
                (true, None) => format!(
                    "make the change of `{service}` compatible; if it must be incompatible, set the version of {package} \
                     to {least}"
                ),
                (true, Some(compatible)) => format!(
                    "set the version of {package} to {least} or later; for a compatible change, {compatible} is enough"
                ),
                (false, _) => format!("set the version of {package} to {least} or later"),
            });
        }
        let is_stale = self.committed.state == Freshness::Stale;
        // Code that consumers have to change does not matter here.
        let is_other = |found: &Diagnostic| found.rule != rule::CODE_CHANGE.id;
        if !is_stale || self.diagnostics.iter().any(is_other) || self.status == ExitStatus::NoAnswer {
            return None;
        }
        let command = self.committed.refresh_command(package, service);
        Some(format!("the committed contract of `{service}` is not up to date with the code: run {command}"))
    }
}

impl BaselineReport {
    /// Whether the change itself is an error, whatever the version.
    fn has_open_error(&self) -> bool {
        let is_open = |finding: &Diagnostic| finding.severity == Severity::Error && !finding.is_accepted();
        self.judgement.findings.iter().any(is_open)
    }
}
