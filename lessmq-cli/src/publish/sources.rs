//! The generated sources of a contract crate.

use std::fs;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

use super::layout::Files;
use crate::error::Result;
use crate::extract::Traits;
use crate::generate::rust::Names;
use crate::generate::{rust, typescript};

/// The files below `src` of the crate. Its traits are called as the service's own.
pub(crate) fn rust(contract: &Contract, traits: &Traits) -> Result<Files> {
    let names = Names { interface: traits.methods.clone(), events: traits.events.clone() };
    Ok(rust::sources_named(contract, &names)?.files)
}

/// Whether the sources of the crate in `directory` are other ones than these.
pub(crate) fn differ(directory: &Path, files: &Files) -> bool {
    let is_there = |(path, text): (&PathBuf, &String)| {
        fs::read(directory.join("src").join(path)).is_ok_and(|there| there == text.as_bytes())
    };
    !files.iter().all(is_there)
}

/// The files below `src` of the npm package.
pub(super) fn typescript(contract: &Contract) -> Result<Files> {
    Ok(typescript::sources(contract)?.files)
}
