//! What publishing a contract comes to, before anything is changed anywhere.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;
use semver::Version;

use super::files::{self, Difference};
use super::layout::{ContractCrate, Place};
use super::refusal::Refusal;
use super::targets::Target;
use super::{changelog, committed};
use crate::document;
use crate::error::{Error, Result};
use crate::judgement::{Judge, Standing, line};
use crate::registry::Release;

/// One contract crate, and what is to be done with it.
pub(crate) struct Plan<'t> {
    pub(crate) of: ContractCrate,
    /// The top of the workspace.
    root: PathBuf,
    /// Where it is committed.
    pub(crate) directory: PathBuf,
    pub(crate) differences: Vec<Difference>,
    /// What keeps it from being written at all.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) targets: Vec<Planned<'t>>,
}

/// One target, and what is to be done there.
pub(crate) struct Planned<'t> {
    pub(crate) target: &'t dyn Target,
    pub(crate) releases: Vec<Release>,
    pub(crate) task: Task,
}

/// What is to be done.
pub(crate) enum Task {
    /// This version is not there yet.
    Release,
    /// This version is there, with this contract.
    Nothing,
    /// It may not be released.
    Refused(Box<Refusal>),
}

impl<'t> Plan<'t> {
    /// Looks at what is there. `date` is that of the release.
    pub(crate) fn new(
        root: &Path,
        mut of: ContractCrate,
        targets: &'t [Box<dyn Target>],
        date: &str,
        judge: Judge<'_>,
    ) -> Result<Self> {
        let directory = root.join("contracts").join(&of.contract.service);
        let document = directory.join("contract.json");
        let there = if document.exists() { Some(document::read(&document)?) } else { None };
        let mut planned = Vec::new();
        let mut before = None;
        for target in targets {
            let (plan, baseline) = plan(target.as_ref(), &of, judge)?;
            before = before.or(baseline);
            planned.push(plan);
        }
        let refusal = match (&there, targets) {
            (Some(there), []) => Refusal::of(judge, there, &of.contract, Standing::Committed),
            _ => None,
        };
        if before.is_none() {
            before = committed::before(root, &document, &of.contract.version)?;
        }
        let lower = |there: &&Contract| there.version < of.contract.version;
        let before = before.as_ref().or(there.as_ref().filter(lower));
        of.changelog = changelog_of(&directory, before, there.as_ref(), &of.contract, date)?;
        let differences =
            files::differences(root, &directory, &of.files(Place::Workspace { directory: &directory })?)?;
        Ok(Self { of, root: root.to_owned(), directory, differences, refusal, targets: planned })
    }

    /// Whether something speaks against it.
    pub(crate) fn is_refused(&self) -> bool {
        let refused = |planned: &Planned<'_>| matches!(planned.task, Task::Refused(_));
        self.refusal.is_some() || self.targets.iter().any(refused)
    }

    /// Writes the crate into the workspace.
    pub(crate) fn write(&self) -> Result<()> {
        files::write(
            &self.root,
            &self.directory,
            &self.of.files(Place::Workspace { directory: &self.directory })?,
        )
    }
}

/// What is to be done at one target, and the contract that the new one follows there.
fn plan<'t>(
    target: &'t dyn Target,
    of: &ContractCrate,
    judge: Judge<'_>,
) -> Result<(Planned<'t>, Option<Contract>)> {
    let releases = target.releases(of)?;
    let version = &of.contract.version;
    let objection = |baseline: &Contract| Refusal::of(judge, baseline, &of.contract, Standing::Released);
    let contract =
        |version: Option<&Version>| version.map(|version| target.contract(of, version)).transpose();
    let same = contract(line::same(&releases, version, &of.name, &target.place().to_string())?)?;
    let last = line::last_below(&releases, version);
    let before = contract(last)?;
    let task = match same {
        Some(same) => objection(&same).map_or(Task::Nothing, refused),
        None => {
            let follows = line::follows(&releases, version);
            let follows = if follows == last { before.clone() } else { contract(follows)? };
            follows.as_ref().and_then(objection).map_or(Task::Release, refused)
        }
    };
    Ok((Planned { target, releases, task }, before))
}

fn refused(refusal: Refusal) -> Task {
    Task::Refused(Box::new(refusal))
}

/// The changelog with this release in it. What tells of this very contract already stays as it is.
fn changelog_of(
    directory: &Path,
    before: Option<&Contract>,
    there: Option<&Contract>,
    contract: &Contract,
    date: &str,
) -> Result<String> {
    let path = directory.join("CHANGELOG.md");
    let existing = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Error::new(format!("{}: cannot read what was released before", path.display()))
                .because(error)
                .hint("it is a text file, in UTF-8, which must be readable by you"));
        }
    };
    Ok(match existing {
        Some(text) if there == Some(contract) && changelog::tells_of(&text, &contract.version) => text,
        existing => changelog::update(existing.as_deref(), before, contract, date),
    })
}
