//! A contract as a crate, on which consumers depend.

use std::path::Path;

use lessmq::contract::Contract;

use super::{Files, sources};
use crate::extract::{Extracted, TraitNames};
use crate::generate::rust::{CodeChange, RustSources};
use crate::registry::crate_name;
use crate::report::Result;
use crate::rust_types::{ChosenType, Replacements};
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
    /// The types of other crates in the sources.
    pub(super) foreign: Vec<ChosenType>,
    /// The settings for such types.
    pub(super) replacements: Replacements,
    pub(crate) changelog: String,
}

/// The location of a copy of the crate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CrateLocation<'a> {
    /// The copy is in the workspace of the service, where LessMQ may be a path dependency.
    Workspace { directory: &'a Path },
    /// The copy is in a separate directory, to be released.
    Alone,
    /// The copy is in a repository of contracts.
    Repository,
}

impl ContractCrate {
    /// The crate of the contract that `package` declares.
    pub(crate) fn new(found: Extracted, package: Package, replacements: &Replacements) -> Result<Self> {
        let Extracted { contract, traits, .. } = found;
        let RustSources { generated, foreign } = sources::rust(&contract, &traits, replacements)?;
        Ok(Self {
            name: crate_name(&contract.service),
            rust: generated.files,
            foreign,
            replacements: replacements.clone(),
            contract,
            traits,
            package,
            changelog: String::new(),
        })
    }

    /// The code that consumers have to change when this crate replaces that of an older contract.
    pub(crate) fn code_changes_since(&self, old: &Contract) -> Vec<CodeChange> {
        sources::code_changes(old, &self.contract, &self.traits, &self.replacements)
    }
}
