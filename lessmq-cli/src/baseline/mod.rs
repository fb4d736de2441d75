//! The contracts that the code is checked against, because consumers may have been built against them.

mod bus;
mod git;
mod registry;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

pub(crate) use self::bus::{LiveCopies, LiveQuery};
use self::git::{History, Revision};
pub(crate) use self::source::Source;
use crate::document;
use crate::report::{BaselineKind, Error, Result};
use crate::repository::Repository;

/// A contract that consumers may have been built against.
#[derive(Debug)]
pub(crate) struct Baseline {
    /// The origin of the contract, for people.
    pub(crate) origin: String,
    pub(crate) kind: BaselineKind,
    pub(crate) contract: Contract,
}

/// A source of baselines that is open for queries.
#[derive(Debug)]
pub(crate) struct Baselines {
    root: PathBuf,
    is_transitive: bool,
    opened: Opened,
}

#[derive(Debug)]
enum Opened {
    Document(PathBuf, Box<Contract>),
    Directory(PathBuf),
    Git(History, Revision),
    Registry(Option<String>),
    Bus { address: String, live: BTreeMap<String, Vec<LiveCopies>> },
}

/// The baselines of one service.
#[derive(Debug)]
pub(crate) struct Found {
    /// The place that was searched.
    pub(crate) place: String,
    /// Whether the place is a bus.
    pub(crate) is_live: bool,
    /// The newest first. A transitive check has all of them, other checks only the newest.
    pub(crate) baselines: Vec<Baseline>,
}

impl Source {
    /// Opens the source: resolves the revision, or queries the bus once for all services.
    pub(crate) fn open(self, root: &Path, is_transitive: bool, live: &LiveQuery<'_>) -> Result<Baselines> {
        let opened = match self {
            Self::Committed => Opened::Directory(root.join("contracts")),
            Self::Path(path) if path.is_dir() => Opened::Directory(path),
            Self::Path(path) => {
                let contract = document::read(&path)?;
                Opened::Document(path, Box::new(contract))
            }
            Self::Git(reference) => {
                let history = History::find(root)?;
                let revision = history.resolve(&reference)?;
                Opened::Git(history, revision)
            }
            Self::Registry(name) => Opened::Registry(name),
            Self::Bus(url) => {
                let (address, live) = bus::query(&url, live)?;
                Opened::Bus { address, live }
            }
        };
        Ok(Baselines { root: root.to_owned(), is_transitive, opened })
    }
}

impl Baselines {
    /// The service of the source, if the source is one document.
    pub(crate) fn only_service(&self) -> Option<(&Path, &str)> {
        match &self.opened {
            Opened::Document(path, contract) => Some((path, &contract.service)),
            _ => None,
        }
    }

    /// Whether a service without a baseline is new. Otherwise, its baseline is missing.
    pub(crate) fn may_lack_services(&self) -> bool {
        matches!(self.opened, Opened::Git(..) | Opened::Registry(_))
    }

    /// The baselines for `contract`, which is the next contract of its service.
    pub(crate) fn find(&self, contract: &Contract) -> Result<Found> {
        let service = &contract.service;
        let found = match &self.opened {
            Opened::Document(path, contract) => self.committed(path, Some(Contract::clone(contract))),
            Opened::Directory(directory) => {
                let path = directory.join(service).join("contract.json");
                let contract = path.exists().then(|| document::read(&path)).transpose()?;
                self.committed(&path, contract)
            }
            Opened::Git(history, revision) => history.baselines(revision, service, self.is_transitive)?,
            Opened::Registry(name) => registry::baselines(name.as_deref(), contract, self.is_transitive)?,
            Opened::Bus { address, live } => bus::baselines(address, live.get(service)),
        };
        match found.baselines.iter().find(|baseline| baseline.contract.service != *service) {
            None => Ok(found),
            Some(Baseline { origin, contract, .. }) => Err(Error::new(format!(
                "{origin} is the contract of another service: `{}`",
                contract.service
            ))
            .hint(format!(
                "replace it with the contract of `{service}`, or give another baseline with --against"
            ))),
        }
    }

    /// The baseline from a file, which may not exist.
    fn committed(&self, path: &Path, contract: Option<Contract>) -> Found {
        let place = path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        let kind = BaselineKind::Committed;
        let baseline = |contract| Baseline { origin: place.clone(), kind, contract };
        let baselines = contract.into_iter().map(baseline).collect();
        Found { place, is_live: false, baselines }
    }

    /// The live copies of a service, if the source is a bus.
    pub(crate) fn live_copies(&self, service: &str) -> &[LiveCopies] {
        match &self.opened {
            Opened::Bus { live, .. } => live.get(service).map(Vec::as_slice).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Whether the file has changes that are not committed. Known only if the source is git.
    pub(crate) fn is_uncommitted(&self, path: &Path) -> Result<bool> {
        match &self.opened {
            Opened::Git(history, _) => history.is_uncommitted(path),
            _ => Ok(false),
        }
    }
}

/// Whether a live contract was ever committed, alone or as a part: a process may provide only some interfaces of its
/// service. Looks in the working tree and in the history of the repository.
pub(crate) fn was_committed(root: &Path, live: &Contract) -> Result<bool> {
    let path = root.join("contracts").join(&live.service).join("contract.json");
    if path.exists() && document::read(&path)?.includes(live) {
        return Ok(true);
    }
    let Some(repository) = Repository::find(root)? else { return Ok(false) };
    History::new(repository).includes(live)
}
