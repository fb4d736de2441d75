//! The generated sources of a contract crate.

use lessmq::contract::Contract;

use super::Files;
use crate::extract::TraitNames;
use crate::generate::rust::Names;
use crate::generate::{rust, typescript};
use crate::report::Result;

/// The files below `src` of the crate. Its traits have the names of the traits of the service.
pub(super) fn rust(contract: &Contract, traits: &TraitNames) -> Result<Files> {
    let names = Names { interface: traits.methods.clone(), events: traits.events.clone() };
    Ok(rust::sources_named(contract, &names)?.files)
}

/// The files below `src` of the npm package.
pub(super) fn typescript(contract: &Contract) -> Result<Files> {
    Ok(typescript::sources(contract)?.files)
}
