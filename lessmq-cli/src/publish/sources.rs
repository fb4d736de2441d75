//! The generated sources of a contract crate.

use lessmq::contract::Contract;

use super::Files;
use crate::extract::TraitNames;
use crate::generate::rust::{CodeChange, Names, RustSources};
use crate::generate::{rust, typescript};
use crate::report::Result;
use crate::rust_types::Replacements;

/// The files below `src` of the crate. Its traits have the names of the traits of the service.
pub(super) fn rust(
    contract: &Contract,
    traits: &TraitNames,
    replacements: &Replacements,
) -> Result<RustSources> {
    rust::sources(contract, &names(traits), replacements)
}

/// The code that consumers have to change when the crate of `old` is replaced by that of `new`.
pub(crate) fn code_changes(
    old: &Contract,
    new: &Contract,
    traits: &TraitNames,
    replacements: &Replacements,
) -> Vec<CodeChange> {
    // The version is not in the code.
    if old.methods == new.methods {
        Vec::new()
    } else {
        rust::code_changes(old, new, &names(traits), replacements)
    }
}

fn names(traits: &TraitNames) -> Names {
    Names { interface: traits.methods.clone(), events: traits.events.clone() }
}

/// The files below `src` of the npm package.
pub(super) fn typescript(contract: &Contract) -> Result<Files> {
    Ok(typescript::sources(contract)?.files)
}
