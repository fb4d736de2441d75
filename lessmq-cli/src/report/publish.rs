//! The report of `publish`.

use std::path::PathBuf;

use semver::Version;
use serde::{Serialize, Serializer};

use super::{
    Change, Diagnostic, Error, ExitStatus, Judgement, Report, SETTINGS_FILE, Verdict, rule,
    unused_type_warning,
};

/// What `publish` did.
#[derive(Debug, Serialize)]
pub(crate) struct PublishReport {
    /// Whether nothing was written or released, only checked.
    pub(crate) dry_run: bool,
    pub(crate) crates: Vec<CrateReport>,
    /// Types in the settings that no contract has.
    pub(crate) unused_types: Vec<String>,
}

/// What `publish` did with one contract crate.
#[derive(Debug, Serialize)]
pub(crate) struct CrateReport {
    pub(crate) service: String,
    pub(crate) package: String,
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) directory: PathBuf,
    /// The files that differ from what is in the directory.
    pub(crate) files: Vec<FileChange>,
    /// Whether the files were written.
    pub(crate) written: bool,
    /// Whether the crate is a member of the workspace.
    pub(crate) is_member: bool,
    /// Why the crate may not replace the committed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rejection: Option<Judgement>,
    pub(crate) targets: Vec<TargetReport>,
    /// What consumers should know of the crate. They have no effect on the exit status.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<Diagnostic>,
}

/// A file that differs from what is on disk, and what writing does to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FileChange {
    pub(crate) path: PathBuf,
    pub(crate) change: Change,
}

/// What `publish` did at one target.
#[derive(Debug, Serialize)]
pub(crate) struct TargetReport {
    pub(crate) place: String,
    #[serde(flatten)]
    pub(crate) state: TargetState,
}

#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum TargetState {
    Released,
    /// This version was already there, with this contract.
    AlreadyReleased,
    /// This was a dry run, and nothing prevents the release.
    WouldBeReleased,
    Rejected(Box<Judgement>),
    Failed {
        #[serde(serialize_with = "message")]
        error: Error,
    },
    /// An earlier release was rejected or failed.
    Skipped,
}

fn message<S: Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&error.message)
}

impl Report for PublishReport {
    fn status(&self) -> ExitStatus {
        ExitStatus::worst(self.crates.iter().map(CrateReport::status))
    }

    fn warnings(&self) -> Vec<String> {
        self.unused_types.iter().map(|ty| unused_type_warning(ty)).collect()
    }

    fn hints(&self) -> Vec<String> {
        let mut hints: Vec<String> = self.crates.iter().flat_map(CrateReport::hints).collect();
        hints.dedup();
        hints
    }
}

impl CrateReport {
    /// Why the crate may not be written or released.
    pub(crate) fn rejections(&self) -> impl Iterator<Item = &Judgement> {
        let at_targets = self.targets.iter().filter_map(|target| match &target.state {
            TargetState::Rejected(judgement) => Some(&**judgement),
            _ => None,
        });
        self.rejection.iter().chain(at_targets)
    }

    fn status(&self) -> ExitStatus {
        if self.has_failed() {
            return ExitStatus::NoAnswer;
        }
        ExitStatus::worst(self.rejections().map(|rejection| rejection.status))
    }

    fn has_failed(&self) -> bool {
        self.targets.iter().any(|target| matches!(target.state, TargetState::Failed { .. }))
    }

    fn hints(&self) -> Vec<String> {
        let package = &self.package;
        let is_undecided = |rejection: &&Judgement| rejection.objection_rule() == rule::undecided().id;
        let mut hints = Vec::new();
        if self.rejections().any(|rejection| is_undecided(&rejection)) {
            hints.push(format!(
                "simplify the change so that it can be decided, or allow the finding in {SETTINGS_FILE} if it is meant"
            ));
        }
        let versions = || self.rejections().filter(|rejection| !is_undecided(rejection));
        if let Some(least) = versions().map(|rejection| &rejection.step.least_version).max() {
            let breaks = |verdict| matches!(verdict, Verdict::Incompatible | Verdict::Undecided);
            let is_breaking = versions().any(|rejection| breaks(rejection.verdict));
            let compatible = versions().map(Judgement::least_compatible_version).max();
            let or = match compatible.filter(|compatible| is_breaking && compatible != least) {
                Some(compatible) => format!("; for a compatible change, {compatible} is enough"),
                None => String::new(),
            };
            hints.push(format!("set the version of {package} to {least} or later{or}"));
        }
        let committed = self.rejection.as_ref();
        if let Some(rejection) = committed.filter(|it| it.objection_rule() == rule::VERSION_LOWER.id) {
            let (version, service) = (&rejection.baseline_version, &self.service);
            hints.push(format!(
                "if {version} was never released, run `lessmq-cli contract -p {package} --service {service} --write`"
            ));
        }
        if self.has_failed() {
            hints.push(
                "fix the failure and run this again: releases that succeeded are left alone".to_owned(),
            );
        }
        if self.written && !self.is_member {
            let directory = self.directory.display();
            hints.push(format!(
                "add {directory} to the workspace members in Cargo.toml, so that it is compiled"
            ));
        }
        hints
    }
}

impl Judgement {
    /// The rule of the objection; empty if there is none.
    fn objection_rule(&self) -> &'static str {
        self.objection.as_ref().map_or("", |objection| objection.rule)
    }
}
