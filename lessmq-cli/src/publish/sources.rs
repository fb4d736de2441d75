//! The generated sources of a contract crate.

use std::fs;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

use super::Files;
use crate::extract::TraitNames;
use crate::generate::rust::Names;
use crate::generate::{rust, typescript};
use crate::report::Result;

/// The files below `src` of the crate. Its traits have the names of the service's own.
pub(crate) fn rust(contract: &Contract, traits: &TraitNames) -> Result<Files> {
    let names = Names { interface: traits.methods.clone(), events: traits.events.clone() };
    Ok(rust::sources_named(contract, &names)?.files)
}

/// Whether the sources of the crate in `directory` differ from these.
pub(crate) fn differ(directory: &Path, files: &Files) -> bool {
    let is_same = |(path, text): (&PathBuf, &String)| {
        fs::read(directory.join("src").join(path)).is_ok_and(|existing| existing == text.as_bytes())
    };
    !files.iter().all(is_same)
}

/// The files below `src` of the npm package.
pub(super) fn typescript(contract: &Contract) -> Result<Files> {
    Ok(typescript::sources(contract)?.files)
}
