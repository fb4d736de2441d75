//! The generated sources of a contract crate.

use lessmq::contract::Contract;

use super::Files;
use crate::extract::TraitNames;
use crate::generate::rust::{Names, RustSources};
use crate::generate::{rust, typescript};
use crate::report::Result;
use crate::rust_types::Replacements;

/// The files below `src` of the crate. Its traits have the names of the traits of the service.
pub(super) fn rust(
    contract: &Contract,
    traits: &TraitNames,
    replacements: &Replacements,
) -> Result<RustSources> {
    let names = Names { interface: traits.methods.clone(), events: traits.events.clone() };
    rust::sources(contract, &names, replacements)
}

/// The files below `src` of the npm package.
pub(super) fn typescript(contract: &Contract) -> Result<Files> {
    Ok(typescript::sources(contract)?.files)
}
