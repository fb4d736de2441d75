//! The contracts that packages declare, taken from their compiled code.
//!
//! The source is scanned for `#[lessmq::interface]`, to choose packages and to know what must be found; a generated
//! program links the packages' libraries and prints what LessMQ's registry has; what the source declares and the
//! registry has not is an error.

mod build;
mod harness;
pub(crate) mod modules;
pub(crate) mod scan;
mod select;
mod transcript;
pub(crate) mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

use self::harness::Harness;
pub(crate) use self::harness::dependency as as_in_manifest;
use self::scan::Declared;
use self::select::Candidate;
use self::transcript::{Interface, Transcript};
use self::workspace::{Package, Workspace};
use crate::error::{Error, Result};
use crate::output::Talk;
use crate::sources::{Library, Sources};

/// Which packages, and how to compile them.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) manifest: Option<PathBuf>,
    pub(crate) packages: Vec<String>,
    pub(crate) features: Features,
    pub(crate) offline: bool,
}

/// Features of the packages, as cargo's options say them.
#[derive(Debug, Default)]
pub(crate) struct Features {
    pub(crate) some: Vec<String>,
    pub(crate) all: bool,
    pub(crate) no_default: bool,
}

impl Features {
    /// Those of one package.
    fn of(&self, package: &Package) -> Vec<String> {
        if self.all {
            return package.features.keys().filter(|feature| *feature != "default").cloned().collect();
        }
        let wanted = self.some.iter().filter_map(|feature| match feature.split_once('/') {
            Some((of, feature)) if of == package.name => Some(feature),
            Some(_) => None,
            None if package.features.contains_key(feature) => Some(feature.as_str()),
            None => None,
        });
        wanted.map(str::to_owned).collect()
    }

    /// Refuses a feature that no package has.
    fn check(&self, candidates: &[Candidate<'_>]) -> Result<()> {
        let known = |feature: &&String| {
            let (of, name) =
                feature.split_once('/').map_or((None, feature.as_str()), |(of, name)| (Some(of), name));
            candidates.iter().any(|candidate| {
                of.is_none_or(|of| of == candidate.package.name)
                    && candidate.package.features.contains_key(name)
            })
        };
        match self.some.iter().find(|feature| !known(feature)) {
            None => Ok(()),
            Some(feature) => {
                let names: Vec<&str> =
                    candidates.iter().map(|candidate| candidate.package.name.as_str()).collect();
                Err(Error::new(format!("no feature `{feature}` in {}", names.join(", ")))
                    .hint("features are declared under [features] in the package's Cargo.toml"))
            }
        }
    }
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Extraction {
    /// The top of the workspace.
    pub(crate) root: PathBuf,
    /// By service, then by package.
    pub(crate) contracts: Vec<Extracted>,
    /// Whether these are all contracts of the workspace.
    pub(crate) is_whole: bool,
    /// The libraries of each package: its own, then those of the workspace that it depends on.
    libraries: BTreeMap<String, Vec<Library>>,
}

impl Extraction {
    /// Where the committed contract of a service is.
    pub(crate) fn baseline(&self, service: &str) -> PathBuf {
        self.root.join("contracts").join(service).join("contract.json")
    }

    /// The services whose contracts are committed and which nothing declares, where all packages were looked at.
    pub(crate) fn undeclared(&self) -> Result<Vec<String>> {
        let contracts = self.root.join("contracts");
        if !self.is_whole || !contracts.is_dir() {
            return Ok(Vec::new());
        }
        let unreadable = |error: std::io::Error| {
            Error::new(format!("{}: cannot read the directory", contracts.display())).because(error)
        };
        let mut services = Vec::new();
        for entry in std::fs::read_dir(&contracts).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let service = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_declared = self.contracts.iter().any(|found| found.contract.service == service);
            if path.join("contract.json").is_file() && !is_declared {
                services.push(service);
            }
        }
        services.sort();
        Ok(services)
    }

    /// A path as people in this workspace write it.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// Refuses two packages that declare interfaces of one service.
    pub(crate) fn must_have_one_package_a_service(&self) -> Result<()> {
        let twice =
            self.contracts.windows(2).find(|pair| pair[0].contract.service == pair[1].contract.service);
        let Some([one, other]) = twice else { return Ok(()) };
        let service = &one.contract.service;
        Err(Error::new(format!(
            "packages `{}` and `{}` both declare interfaces of `{service}`",
            one.package, other.package
        ))
        .hint("choose one of them with -p: a service has one contract"))
    }

    /// What the source of a package declares, and that of the packages of the workspace which it depends on.
    pub(crate) fn sources(&self, package: &str) -> Sources {
        Sources::read(self.libraries.get(package).map(Vec::as_slice).unwrap_or_default(), &self.root)
    }

    /// Drops the contracts of other services.
    pub(crate) fn keep(&mut self, service: &str) -> Result<()> {
        let mut names: Vec<String> =
            self.contracts.iter().map(|found| found.contract.service.clone()).collect();
        names.dedup();
        if !names.iter().any(|name| name == service) {
            return Err(Error::new(format!("no interface of the service `{service}` is declared here"))
                .hint(format!("declared here: {}", names.join(", "))));
        }
        self.is_whole &= names.len() == 1;
        self.contracts.retain(|found| found.contract.service == service);
        Ok(())
    }
}

/// One contract of one package.
#[derive(Debug)]
pub(crate) struct Extracted {
    pub(crate) package: String,
    pub(crate) contract: Contract,
    pub(crate) traits: Traits,
}

/// What the traits of one service are called, where there is one of the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    /// That of calls and commands.
    pub(crate) methods: Option<String>,
    pub(crate) events: Option<String>,
}

impl Traits {
    fn of(interfaces: &[Interface], package: &str, service: &str) -> Self {
        let only = |is_of_events| {
            let ours = |interface: &&Interface| {
                interface.package == package
                    && interface.service == service
                    && interface.is_of_events == is_of_events
            };
            let mut found = interfaces.iter().filter(ours);
            found.next().filter(|_| found.next().is_none()).map(|interface| interface.name.clone())
        };
        Self { methods: only(false), events: only(true) }
    }
}

/// The top of the workspace of `manifest`, or of the current directory.
pub(crate) fn workspace_root(manifest: Option<&Path>) -> Result<PathBuf> {
    Ok(Workspace::load(manifest)?.root)
}

/// Compiles the packages and takes their contracts.
pub(crate) fn extract(request: &Request, talk: &Talk) -> Result<Extraction> {
    let workspace = Workspace::load(request.manifest.as_deref())?;
    let candidates = select::select(&workspace, &request.packages, talk)?;
    request.features.check(&candidates)?;
    let harness = Harness::new(&workspace, &candidates, &request.features)?;
    let transcript = transcript::read(&harness.run(&workspace, request.offline, talk)?)?;
    for candidate in &candidates {
        compare(&workspace, candidate, &transcript, talk)?;
    }
    if transcript.contracts.is_empty() {
        return Err(Error::new("no interface is compiled with these features")
            .hint("choose others with --features or --all-features"));
    }
    let Transcript { interfaces, contracts } = transcript;
    let extracted = |(package, contract): (String, Contract)| {
        let traits = Traits::of(&interfaces, &package, &contract.service);
        Extracted { package, contract, traits }
    };
    let mut contracts: Vec<Extracted> = contracts.into_iter().map(extracted).collect();
    contracts.sort_by(|a, b| (&a.contract.service, &a.package).cmp(&(&b.contract.service, &b.package)));
    let names = candidates.iter().map(|candidate| candidate.package);
    let libraries = names.map(|package| (package.name.clone(), workspace.libraries(package))).collect();
    let is_whole = request.packages.is_empty() && workspace.is_meant_as_a_whole();
    Ok(Extraction { contracts, libraries, is_whole, root: workspace.root })
}

/// Refuses a result that lacks what the source declares.
fn compare(
    workspace: &Workspace,
    candidate: &Candidate<'_>,
    transcript: &Transcript,
    talk: &Talk,
) -> Result<()> {
    let name = &candidate.package.name;
    let mut linked: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for interface in transcript.interfaces.iter().filter(|interface| interface.package == *name) {
        *linked.entry((&interface.module, &interface.name)).or_default() += 1;
    }
    let mut missing: Vec<&Declared> = Vec::new();
    for declared in &candidate.declared {
        match linked.get_mut(&(declared.module.as_str(), declared.name.as_str())) {
            Some(count) if *count > 0 => *count -= 1,
            _ => missing.push(declared),
        }
    }
    let (conditional, lost): (Vec<_>, Vec<_>) =
        missing.into_iter().partition(|declared| declared.condition.is_some());
    for declared in conditional {
        talk.warning(&format!(
            "the interface `{}` is left out: it is compiled only under `cfg({})`, {}",
            declared.name,
            declared.condition.as_deref().unwrap_or_default(),
            select::place(workspace, declared)
        ));
    }
    let Some(first) = lost.first() else { return Ok(()) };
    let error = lost.iter().fold(
        Error::new(format!("the compiled library of `{name}` lacks an interface that its source declares")),
        |error, declared| {
            error.because(format!("`{}` at {}", declared.name, select::place(workspace, declared)))
        },
    );
    Err(error.hint(format!(
        "is `{}` compiled out by an attribute, or written inside a macro? what a service promises must not depend on it",
        first.name
    )))
}
