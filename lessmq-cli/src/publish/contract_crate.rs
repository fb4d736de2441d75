//! A contract as a crate, on which consumers depend.

use std::path::Path;

use lessmq::contract::Contract;

use super::{Files, sources};
use crate::extract::{Extracted, TraitNames};
use crate::registry::crate_name;
use crate::report::Result;
use crate::workspace::Package;

/// A contract crate.
#[derive(Debug)]
pub(crate) struct ContractCrate {
    /// The name of the crate: `user-contract`.
    pub(crate) name: String,
    pub(crate) contract: Contract,
    pub(crate) traits: TraitNames,
    /// The package that declares the contract.
    pub(crate) package: Package,
    /// The generated sources, by their path below `src`.
    pub(super) rust: Files,
    pub(crate) changelog: String,
}

/// The location of a copy of the crate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// The copy is in the workspace of the service, where LessMQ may be a path dependency.
    Workspace { directory: &'a Path },
    /// The copy is in a separate directory, to be released.
    Alone,
    /// The copy is in a repository of contracts.
    Repository,
}

impl ContractCrate {
    /// The crate of the contract that `package` declares.
    pub(crate) fn new(found: Extracted, package: Package) -> Result<Self> {
        let Extracted { contract, traits, .. } = found;
        Ok(Self {
            name: crate_name(&contract.service),
            rust: sources::rust(&contract, &traits)?,
            contract,
            traits,
            package,
            changelog: String::new(),
        })
    }
}
