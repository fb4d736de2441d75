//! Plans: what publishing a contract would do. Planning changes nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;
use semver::Version;

use super::changelog::ReleasedChange;
use super::contract_crate::{ContractCrate, CrateLocation};
use super::targets::Target;
use super::{changelog, committed, files};
use crate::generate::rust::CodeChange;
use crate::judgement::{Judge, releases};
use crate::registry::Release;
use crate::report::{BaselineKind, Error, FileChange, Judgement, Result, Verdict};
use crate::{comparison, document};

/// One contract crate, and what to do with it.
pub(crate) struct Plan<'t> {
    pub(crate) contract_crate: ContractCrate,
    /// The top of the workspace.
    root: PathBuf,
    /// The directory of the committed crate.
    pub(crate) directory: PathBuf,
    pub(crate) differences: Vec<FileChange>,
    /// Why the crate may not replace the committed one.
    pub(crate) rejection: Option<Judgement>,
    /// The code that consumers have to change although the version does not say so.
    pub(crate) unannounced: Vec<CodeChange>,
    pub(crate) targets: Vec<PlannedRelease<'t>>,
}

/// One target, and what to do there.
pub(crate) struct PlannedRelease<'t> {
    pub(crate) target: &'t dyn Target,
    pub(crate) releases: Vec<Release>,
    pub(crate) action: Action,
}

/// What to do at a target.
pub(crate) enum Action {
    /// Release this version.
    Release,
    /// Nothing: this version is already released, with this contract.
    Nothing,
    /// Nothing: this version may not be released.
    Reject(Box<Judgement>),
}

impl<'t> Plan<'t> {
    /// Plans the release of a crate on `date`.
    pub(crate) fn new(
        root: &Path,
        mut contract_crate: ContractCrate,
        targets: &'t [Box<dyn Target>],
        date: &str,
        judge: Judge<'_>,
    ) -> Result<Self> {
        let directory = root.join("contracts").join(&contract_crate.contract.service);
        let document = directory.join("contract.json");
        let existing = if document.exists() { Some(document::read(&document)?) } else { None };
        let mut planned = Vec::new();
        let mut previous = None;
        for target in targets {
            let (plan, baseline) = plan_release(target.as_ref(), &contract_crate, judge)?;
            previous = previous.or(baseline);
            planned.push(plan);
        }
        let rejection = match (&existing, targets) {
            (Some(existing), []) => reject(judge, existing, &contract_crate, BaselineKind::Committed),
            _ => None,
        };
        if previous.is_none() {
            previous = committed::before(root, &document, &contract_crate.contract.version)?;
        }
        let is_lower = |existing: &&Contract| existing.version < contract_crate.contract.version;
        let previous = previous.as_ref().or(existing.as_ref().filter(is_lower));
        let code_changes =
            previous.map_or_else(Vec::new, |previous| contract_crate.code_changes_since(previous));
        let is_announced = !code_changes.is_empty()
            && previous.is_some_and(|previous| is_incompatible(previous, &contract_crate.contract));
        let release =
            ReleasedChange { old: previous, new: &contract_crate.contract, code_changes: &code_changes };
        contract_crate.changelog = updated_changelog(&directory, release, existing.as_ref(), date)?;
        let differences = files::differences(
            root,
            &directory,
            &contract_crate.files(CrateLocation::Workspace { directory: &directory })?,
        )?;
        Ok(Self {
            contract_crate,
            root: root.to_owned(),
            directory,
            differences,
            rejection,
            unannounced: if is_announced { Vec::new() } else { code_changes },
            targets: planned,
        })
    }

    /// Whether the crate may not be written or not be released to one of the targets.
    pub(crate) fn is_rejected(&self) -> bool {
        let is_rejected = |planned: &PlannedRelease<'_>| matches!(planned.action, Action::Reject(_));
        self.rejection.is_some() || self.targets.iter().any(is_rejected)
    }

    /// Writes the crate to the workspace.
    pub(crate) fn write(&self) -> Result<()> {
        let files = self.contract_crate.files(CrateLocation::Workspace { directory: &self.directory })?;
        files::write(&self.root, &self.directory, &files)
    }
}

/// What to do at one target, and the newest contract there below this version.
fn plan_release<'t>(
    target: &'t dyn Target,
    contract_crate: &ContractCrate,
    judge: Judge<'_>,
) -> Result<(PlannedRelease<'t>, Option<Contract>)> {
    let releases = target.releases(contract_crate)?;
    let version = &contract_crate.contract.version;
    let contract = |version: Option<&Version>| {
        version.map(|version| target.contract(contract_crate, version)).transpose()
    };
    let same = contract(releases::same(&releases, version, &contract_crate.name, &target.place())?)?;
    let below = releases::newest_below(&releases, version);
    let previous = contract(below)?;
    let (baseline, otherwise) = match same {
        Some(same) => (Some(same), Action::Nothing),
        None => {
            let predecessor = releases::predecessor(&releases, version);
            let baseline = if predecessor == below { previous.clone() } else { contract(predecessor)? };
            (baseline, Action::Release)
        }
    };
    let rejection =
        baseline.and_then(|baseline| reject(judge, &baseline, contract_crate, BaselineKind::Released));
    let action = rejection.map_or(otherwise, |rejection| Action::Reject(Box::new(rejection)));
    Ok((PlannedRelease { target, releases, action }, previous))
}

/// Whether consumers of `old` may fail with `new`. They expect changes of their code then.
fn is_incompatible(old: &Contract, new: &Contract) -> bool {
    let verdict = || comparison::evolution(old, new).0.verdict;
    old != new && matches!(verdict(), Verdict::Incompatible | Verdict::Undecided)
}

/// The judgement, if the crate may not follow the baseline.
fn reject(
    judge: Judge<'_>,
    baseline: &Contract,
    contract_crate: &ContractCrate,
    kind: BaselineKind,
) -> Option<Judgement> {
    let judgement = judge.judge(baseline, &contract_crate.contract, kind, &contract_crate.package.name);
    judgement.objection.is_some().then_some(judgement)
}

/// The changelog with a section for this release. An existing section for this very contract is kept.
fn updated_changelog(
    directory: &Path,
    release: ReleasedChange<'_>,
    existing: Option<&Contract>,
    date: &str,
) -> Result<String> {
    let contract = release.new;
    let path = directory.join("CHANGELOG.md");
    let text = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Error::new(format!("cannot read the changelog `{}`", path.display()))
                .because(error)
                .hint("it must be a UTF-8 text file that you may read"));
        }
    };
    Ok(match text {
        Some(text) if existing == Some(contract) && changelog::has_section(&text, &contract.version) => text,
        text => changelog::update(text.as_deref(), release, date),
    })
}
