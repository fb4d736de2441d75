//! What the code is checked against: contracts that consumers may have been built on.

mod bus;
mod git;
mod registry;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lessmq::contract::{Contract, Fingerprint};

pub(crate) use self::bus::Copies;
use self::git::{History, Revision};
pub(crate) use self::source::Source;
use crate::document;
use crate::error::{Error, Result};
use crate::judgement::Standing;
use crate::live::Connection;
use crate::repository::Repository;

/// How to ask a bus, where one is the source.
#[derive(Debug, clap::Args)]
pub(crate) struct BusAccess {
    #[command(flatten)]
    connection: Connection,
    /// How long to wait for answers on a bus, in milliseconds
    #[arg(long, value_name = "MS", default_value = "1000")]
    wait: u64,
}

/// A contract that consumers may have been built on.
#[derive(Debug)]
pub(crate) struct Baseline {
    /// Where it comes from, for people.
    pub(crate) origin: String,
    pub(crate) standing: Standing,
    pub(crate) contract: Contract,
}

/// A source that can be asked.
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
    Bus { address: String, live: BTreeMap<String, Vec<Copies>> },
}

/// What a source has of one service.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where it was looked for.
    pub(crate) place: String,
    /// Whether that is a bus.
    pub(crate) is_live: bool,
    /// The newest first; all that were released, where the check is transitive.
    pub(crate) baselines: Vec<Baseline>,
}

impl Answer {
    fn of(place: String, baselines: Vec<Baseline>) -> Self {
        Self { place, is_live: false, baselines }
    }
}

impl Source {
    /// Opens the source: a revision is found, a broker asked, once for all `services`.
    pub(crate) fn open(
        self,
        root: &Path,
        is_transitive: bool,
        bus: &BusAccess,
        services: &[String],
    ) -> Result<Baselines> {
        let opened = match self {
            Self::Committed => Opened::Directory(root.join("contracts")),
            Self::Path(path) if path.is_dir() => Opened::Directory(path),
            Self::Path(path) => {
                let contract = document::read(&path)?;
                Opened::Document(path, Box::new(contract))
            }
            Self::Git(reference) => {
                let history = History::around(root)?;
                let revision = history.baseline(&reference)?;
                Opened::Git(history, revision)
            }
            Self::Registry(name) => Opened::Registry(name),
            Self::Bus(url) => {
                let (address, live) = bus::ask(&url, bus, services)?;
                Opened::Bus { address, live }
            }
        };
        Ok(Baselines { root: root.to_owned(), is_transitive, opened })
    }
}

impl Baselines {
    /// The only service that the source knows, where it is one document.
    pub(crate) fn only_service(&self) -> Option<(&Path, &str)> {
        match &self.opened {
            Opened::Document(path, contract) => Some((path, &contract.service)),
            _ => None,
        }
    }

    /// Whether a service that is not there is new, rather than forgotten.
    pub(crate) fn may_lack(&self) -> bool {
        matches!(self.opened, Opened::Git(..) | Opened::Registry(_))
    }

    /// The baselines of a service, of which `contract` is the next contract.
    pub(crate) fn of(&self, contract: &Contract) -> Result<Answer> {
        let service = &contract.service;
        let standing = Standing::Committed;
        let answer = match &self.opened {
            Opened::Document(path, contract) => {
                let origin = self.relative(path);
                let contract = Contract::clone(contract);
                Answer::of(origin.clone(), vec![Baseline { origin, standing, contract }])
            }
            Opened::Directory(directory) => {
                let path = directory.join(service).join("contract.json");
                let place = self.relative(&path);
                let found = path.exists().then(|| document::read(&path)).transpose()?;
                let baseline = |contract| Baseline { origin: place.clone(), standing, contract };
                Answer::of(place.clone(), found.into_iter().map(baseline).collect())
            }
            Opened::Git(history, revision) => history.releases(revision, service, self.is_transitive)?,
            Opened::Registry(name) => registry::releases(name.as_deref(), contract, self.is_transitive)?,
            Opened::Bus { address, live } => bus::answer(address, live.get(service)),
        };
        let strange = answer.baselines.iter().find(|baseline| baseline.contract.service != *service);
        match strange {
            None => Ok(answer),
            Some(Baseline { origin, contract, .. }) => {
                Err(Error::new(format!("{origin}: this is the contract of `{}`", contract.service))
                    .hint(format!("the contract of `{service}` belongs there")))
            }
        }
    }

    /// The copies of a service that are on the bus, where that is the source.
    pub(crate) fn live(&self, service: &str) -> &[Copies] {
        match &self.opened {
            Opened::Bus { live, .. } => live.get(service).map(Vec::as_slice).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The file that git has, when the one in the working tree is not the same.
    pub(crate) fn is_uncommitted(&self, path: &Path) -> Result<bool> {
        match &self.opened {
            Opened::Git(history, _) => history.is_uncommitted(path),
            _ => Ok(false),
        }
    }

    fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// From the top of the git repository to `root`, as `inner/`; nothing where that is the top, or there is no repository.
pub(crate) fn path_in_repository(root: &Path) -> String {
    let Ok(Some(top)) = top_of_repository(root) else { return String::new() };
    let below = root.strip_prefix(&top).unwrap_or(Path::new("")).display().to_string().replace('\\', "/");
    if below.is_empty() { below } else { below + "/" }
}

/// The top of the git repository around `root`; `None` where there is none.
pub(crate) fn top_of_repository(root: &Path) -> Result<Option<PathBuf>> {
    Repository::around(root)?.map_or(Ok(None), |repository| repository.top())
}

/// Whether a contract was ever committed: in the working tree or, where there is a repository, in its history.
pub(crate) fn was_committed(root: &Path, service: &str, fingerprint: &Fingerprint) -> Result<bool> {
    let path = root.join("contracts").join(service).join("contract.json");
    if path.exists() && document::read(&path)?.fingerprint() == *fingerprint {
        return Ok(true);
    }
    let Some(repository) = Repository::around(root)? else { return Ok(false) };
    History::of(repository).has_ever_had(service, fingerprint)
}
