//! `lessmq-cli check`: the code against the committed contracts.

use std::path::{Path, PathBuf};

use semver::Version;
use serde::Serialize;

use super::Packages;
use crate::changes::{self, MethodChange};
use crate::comparison::{self, Comparison, Step, Verdict};
use crate::document;
use crate::error::{Error, Result};
use crate::extract::{Extracted, Extraction, extract};
use crate::output::{Format, Talk};

/// Checks the code against the committed contracts: do consumers that were built against them get on with it?
///
/// An incompatible change is a finding (exit code 1), unless the package's version says so: 2.0.0 after 1.x, 0.3.0
/// after 0.2.x. A service without a committed contract cannot be judged (exit code 2).
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    packages: Packages,
    /// Only the contract of this service
    #[arg(long)]
    service: Option<String>,
    /// What to check against: a contract document, or a directory with SERVICE/contract.json. Without it: contracts/
    /// at the top of the workspace
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// All services that were checked.
#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    pub(crate) services: Vec<Service>,
}

/// One service that was checked.
#[derive(Debug, Serialize)]
pub(crate) struct Service {
    pub(crate) service: String,
    pub(crate) package: String,
    pub(crate) version: Version,
    pub(crate) fingerprint: String,
    /// The path of the committed contract.
    pub(crate) baseline: String,
    #[serde(flatten)]
    pub(crate) state: State,
}

#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum State {
    /// There is no committed contract.
    NoBaseline,
    Compared(Box<Compared>),
}

/// How the code stands against a committed contract.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) baseline_version: Version,
    pub(crate) baseline_fingerprint: String,
    #[serde(flatten)]
    pub(crate) comparison: Comparison,
    #[serde(flatten)]
    pub(crate) step: Step,
    /// Whether the committed document differs from what the code says now.
    pub(crate) stale: bool,
    pub(crate) changes: Vec<MethodChange>,
}

impl Compared {
    /// An incompatible change that the version does not tell of.
    pub(crate) fn is_broken(&self) -> bool {
        self.comparison.verdict == Verdict::Incompatible && !self.step.version_suffices
    }
}

pub(crate) fn run(arguments: &Arguments, talk: &Talk) -> Result<Checked> {
    if let Some(path) = &arguments.against
        && !path.exists()
    {
        return Err(Error::new(format!("{}: there is nothing to check against", path.display()))
            .hint("give a contract document, or a directory with SERVICE/contract.json"));
    }
    let mut extraction = extract(&arguments.packages.request(), talk)?;
    if let Some(service) = &arguments.service {
        extraction.keep(service)?;
    }
    let against = arguments.against.as_deref();
    if let Some(path) = against.filter(|path| !path.is_dir()) {
        let baseline = document::read(path)?;
        keep_the_one(&mut extraction, &baseline.service, path)?;
    }
    let services = extraction.contracts.iter().map(|found| service(&extraction, found, against));
    Ok(Checked { services: services.collect::<Result<_>>()? })
}

/// A document is of one service: the others are not checked against it.
fn keep_the_one(extraction: &mut Extraction, service: &str, path: &Path) -> Result<()> {
    extraction.keep(service).map_err(|error| {
        let message =
            format!("{}: this is the contract of `{service}`, which is not declared here", path.display());
        Error { message, ..error }
    })
}

fn service(extraction: &Extraction, found: &Extracted, against: Option<&Path>) -> Result<Service> {
    let contract = &found.contract;
    let path = match against {
        Some(path) if !path.is_dir() => path.to_owned(),
        Some(directory) => directory.join(&contract.service).join("contract.json"),
        None => extraction.baseline(&contract.service),
    };
    let state = if path.exists() { compare(&path, found)? } else { State::NoBaseline };
    Ok(Service {
        service: contract.service.clone(),
        package: found.package.clone(),
        version: contract.version.clone(),
        fingerprint: contract.fingerprint().to_string(),
        baseline: extraction.relative(&path).display().to_string(),
        state,
    })
}

fn compare(path: &Path, found: &Extracted) -> Result<State> {
    let (baseline, contract) = (document::read(path)?, &found.contract);
    if baseline.service != contract.service {
        return Err(Error::new(format!(
            "{}: this is the contract of `{}`",
            path.display(),
            baseline.service
        ))
        .hint(format!("the contract of `{}` belongs there", contract.service)));
    }
    let (comparison, step) = comparison::evolution(&baseline, contract);
    Ok(State::Compared(Box::new(Compared {
        step,
        stale: baseline != *contract,
        changes: changes::between(&baseline, contract),
        baseline_fingerprint: baseline.fingerprint().to_string(),
        baseline_version: baseline.version,
        comparison,
    })))
}
