//! The places where contract crates are released.

mod cargo;
mod git;
mod npm;

use std::path::Path;

use lessmq::contract::Contract;
use semver::Version;

pub(crate) use self::cargo::CargoRegistry;
pub(crate) use self::git::GitRepository;
pub(crate) use self::npm::NpmRegistry;
use super::contract_crate::ContractCrate;
use crate::registry::Release;
use crate::report::{Error, Result};

/// A place that keeps releases. A release never changes.
pub(crate) trait Target {
    /// Its name for people, without secrets.
    fn place(&self) -> String;

    /// All versions of the crate, in any order; none if the place does not have the crate.
    fn releases(&self, contract_crate: &ContractCrate) -> Result<Vec<Release>>;

    /// The contract in an existing release.
    fn contract(&self, contract_crate: &ContractCrate, version: &Version) -> Result<Contract>;

    /// Tests whether a release would succeed, as far as possible without one.
    fn rehearse(&self, contract_crate: &ContractCrate, releases: &[Release]) -> Result<()>;

    /// Releases the crate.
    fn release(&self, contract_crate: &ContractCrate, releases: &[Release]) -> Result<()>;
}

/// Makes `directory` exist and be empty.
fn make_empty(directory: &Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(format!("cannot write to `{}`", directory.display()))
            .because(error)
            .hint("set CARGO_TARGET_DIR to a directory that you may write to")
    };
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    std::fs::create_dir_all(directory).map_err(failed)
}
