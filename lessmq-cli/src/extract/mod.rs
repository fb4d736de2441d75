//! The contracts that packages declare, taken from their compiled code.
//!
//! The source code shows which packages declare interfaces, and which ones. A generated program links the libraries of
//! these packages and prints the contracts in LessMQ's registry. An interface that the source declares and the registry
//! lacks is an error.

mod build;
mod features;
mod harness;
mod rust_types;
mod select;
mod transcript;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

pub(crate) use self::features::Features;
use self::harness::Harness;
use self::rust_types::UsedCrates;
pub(crate) use self::rust_types::{Ambiguity, Uncertain};
use self::select::Candidate;
use self::transcript::{LinkedInterface, Transcript};
use crate::report::{Diagnostic, Error, Reporter, Result};
use crate::rust_types::{Replacements, unused};
use crate::sources::Sources;
use crate::syntax::Library;
use crate::syntax::interfaces::DeclaredInterface;
use crate::workspace::Workspace;

/// Which packages, and how to compile them.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) manifest: Option<PathBuf>,
    pub(crate) packages: Vec<String>,
    pub(crate) features: Features,
    pub(crate) offline: bool,
}

/// The contracts of a workspace or of some of its packages.
#[derive(Debug)]
pub(crate) struct Extraction {
    /// The top of the workspace.
    pub(crate) root: PathBuf,
    /// Sorted by service, then by package.
    pub(crate) contracts: Vec<Extracted>,
    /// Whether these are all contracts of the workspace.
    pub(crate) is_complete: bool,
    /// The libraries of each package: its own, then those of the workspace that it depends on.
    libraries: BTreeMap<String, Vec<Library>>,
}

/// One contract of one package.
#[derive(Debug)]
pub(crate) struct Extracted {
    pub(crate) package: String,
    pub(crate) contract: Contract,
    pub(crate) traits: TraitNames,
    /// What is in doubt about the types of its values.
    pub(crate) type_doubts: TypeDoubts,
}

/// What is in doubt about the types of other crates in a contract.
#[derive(Debug, Default)]
pub(crate) struct TypeDoubts {
    /// Values whose type is not certain.
    pub(crate) ambiguous: Vec<Ambiguity>,
    /// Values that do not look in JSON as the contract says.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// The names of the traits that declare a contract. `None` if there is no such trait, or more than one. A trait that is kept
/// for older versions of methods of another trait is not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraitNames {
    /// The trait with the calls and commands.
    pub(crate) methods: Option<String>,
    /// The trait with the events.
    pub(crate) events: Option<String>,
}

impl Extraction {
    /// The types in the settings that no contract has. Unknown if these are only some of the contracts.
    pub(crate) fn unused_types(&self, replacements: &Replacements) -> Vec<String> {
        if !self.is_complete {
            return Vec::new();
        }
        let contracts: Vec<&Contract> = self.contracts.iter().map(|found| &found.contract).collect();
        unused(replacements, &contracts).into_iter().map(str::to_owned).collect()
    }

    /// The path of the committed contract of a service.
    pub(crate) fn committed_path(&self, service: &str) -> PathBuf {
        self.root.join("contracts").join(service).join("contract.json")
    }

    /// The services with a committed contract that no package declares. Empty if only some packages were compiled.
    pub(crate) fn undeclared_services(&self) -> Result<Vec<String>> {
        if !self.is_complete {
            return Ok(Vec::new());
        }
        let mut services = Vec::new();
        for path in self.contract_directories()? {
            let service = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_declared = self.contracts.iter().any(|found| found.contract.service == service);
            if path.join("contract.json").is_file() && !is_declared {
                services.push(service);
            }
        }
        services.sort();
        Ok(services)
    }

    /// What is in `contracts/`: a directory for each service with a committed contract.
    pub(crate) fn contract_directories(&self) -> Result<Vec<PathBuf>> {
        let contracts = self.root.join("contracts");
        if !contracts.is_dir() {
            return Ok(Vec::new());
        }
        let unreadable = |error: std::io::Error| {
            Error::new(format!("cannot read the directory `{}`", contracts.display())).because(error)
        };
        let entries = std::fs::read_dir(&contracts).map_err(unreadable)?;
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(unreadable)).collect()
    }

    /// A path from the top of the workspace, for people.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// Fails if two packages declare interfaces of one service.
    pub(crate) fn check_one_package_per_service(&self) -> Result<()> {
        let twice =
            self.contracts.windows(2).find(|pair| pair[0].contract.service == pair[1].contract.service);
        let Some([one, other]) = twice else { return Ok(()) };
        let service = &one.contract.service;
        Err(Error::new(format!(
            "packages `{}` and `{}` both declare interfaces of service `{service}`",
            one.package, other.package
        ))
        .hint("a service has one contract: select one of the packages with -p"))
    }

    /// The library of a package and those of the workspace that it depends on.
    pub(crate) fn libraries(&self, package: &str) -> &[Library] {
        self.libraries.get(package).map(Vec::as_slice).unwrap_or_default()
    }

    /// Keeps only the contracts of one service.
    pub(crate) fn keep(&mut self, service: &str) -> Result<()> {
        let mut names: Vec<String> =
            self.contracts.iter().map(|found| found.contract.service.clone()).collect();
        names.dedup();
        if !names.iter().any(|name| name == service) {
            return Err(Error::new(format!("no package declares an interface of service `{service}`"))
                .hint(format!("select a declared service: {}", names.join(", "))));
        }
        self.is_complete &= names.len() == 1;
        self.contracts.retain(|found| found.contract.service == service);
        Ok(())
    }
}

impl TraitNames {
    fn find(interfaces: &[LinkedInterface], package: &str, service: &str) -> Self {
        let only = |has_events| {
            let matches = |interface: &&LinkedInterface| {
                interface.package == package
                    && interface.service == service
                    && interface.has_events == has_events
            };
            let found: Vec<_> = interfaces.iter().filter(matches).collect();
            let mut newest = found.iter().filter(|interface| !interface.is_older_than_one_of(&found));
            newest.next().filter(|_| newest.next().is_none()).map(|interface| interface.name.clone())
        };
        Self { methods: only(false), events: only(true) }
    }
}

/// Compiles the packages and extracts their contracts.
pub(crate) fn extract(request: &Request, reporter: &dyn Reporter) -> Result<Extraction> {
    let workspace = Workspace::load(request.manifest.as_deref())?;
    let candidates = select::select(&workspace, &request.packages, reporter)?;
    request.features.check(candidates.iter().map(|candidate| candidate.package))?;
    let harness = Harness::new(&workspace, &candidates, &request.features)?;
    let transcript = transcript::read(&harness.run(&workspace, request.offline, reporter)?)?;
    for candidate in &candidates {
        check_linked(&workspace, candidate, &transcript, reporter)?;
    }
    if transcript.contracts.is_empty() {
        return Err(Error::new("no interface is compiled with these features")
            .hint("select other features with --features or --all-features"));
    }
    let Transcript { interfaces, contracts } = transcript;
    let extracted = |(package, mut contract): (String, Contract)| {
        let traits = TraitNames::find(&interfaces, &package, &contract.service);
        let type_doubts = name_types(&workspace, &package, &mut contract, &request.features)?;
        Ok(Extracted { package, contract, traits, type_doubts })
    };
    let mut contracts: Vec<Extracted> = contracts.into_iter().map(extracted).collect::<Result<_>>()?;
    contracts.sort_by(|a, b| (&a.contract.service, &a.package).cmp(&(&b.contract.service, &b.package)));
    let packages = candidates.iter().map(|candidate| candidate.package);
    let libraries = packages.map(|package| (package.name.clone(), workspace.libraries(package))).collect();
    let is_complete = request.packages.is_empty() && workspace.selects_all();
    Ok(Extraction { contracts, libraries, is_complete, root: workspace.root })
}

/// Names the types of other crates in the contract of a package.
fn name_types(
    workspace: &Workspace,
    package: &str,
    contract: &mut Contract,
    features: &Features,
) -> Result<TypeDoubts> {
    let declaring = workspace.package(package)?;
    let used = UsedCrates::new(&workspace.with_members(declaring));
    let sources = || Sources::read(&workspace.libraries(declaring), &workspace.root);
    let ambiguous = rust_types::annotate(contract, &used, sources);
    let warnings = rust_types::decimal_warnings(workspace, declaring, features, contract)?;
    Ok(TypeDoubts { ambiguous, warnings })
}

/// Fails if the compiled library lacks an interface that its source declares. One under `#[cfg(…)]` is only reported.
fn check_linked(
    workspace: &Workspace,
    candidate: &Candidate<'_>,
    transcript: &Transcript,
    reporter: &dyn Reporter,
) -> Result<()> {
    let name = &candidate.package.name;
    let mut linked: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for interface in transcript.interfaces.iter().filter(|interface| interface.package == *name) {
        *linked.entry((&interface.module, &interface.name)).or_default() += 1;
    }
    let mut missing: Vec<&DeclaredInterface> = Vec::new();
    for declared in &candidate.declared {
        match linked.get_mut(&(declared.module.as_str(), declared.name.as_str())) {
            Some(count) if *count > 0 => *count -= 1,
            _ => missing.push(declared),
        }
    }
    let (conditional, lost): (Vec<_>, Vec<_>) =
        missing.into_iter().partition(|declared| declared.condition.is_some());
    for declared in conditional {
        reporter.warning(&format!(
            "interface `{}` is skipped: it is compiled only under `cfg({})`, {}",
            declared.name,
            declared.condition.as_deref().unwrap_or_default(),
            select::location(workspace, declared)
        ));
    }
    let Some(first) = lost.first() else { return Ok(()) };
    let error = lost.iter().fold(
        Error::new(format!("the compiled library of `{name}` lacks an interface that its source declares")),
        |error, declared| {
            error.because(format!("`{}` at {}", declared.name, select::location(workspace, declared)))
        },
    );
    Err(error.hint(format!(
        "compile `{}` unconditionally, and not from inside a macro: a contract must not depend on either",
        first.name
    )))
}
