//! The generated sources of a contract crate.

use lessmq::contract::Contract;

use super::layout::Files;
use crate::error::Result;
use crate::extract::Traits;
use crate::generate::rust::Names;
use crate::generate::{rust, typescript};

/// The files below `src` of the crate. Its traits are called as the service's own.
pub(super) fn rust(contract: &Contract, traits: &Traits) -> Result<Files> {
    let names = Names { interface: traits.methods.clone(), events: traits.events.clone() };
    Ok(rust::sources_named(contract, &names)?.files)
}

/// The files below `src` of the npm package.
pub(super) fn typescript(contract: &Contract) -> Result<Files> {
    Ok(typescript::sources(contract)?.files)
}
