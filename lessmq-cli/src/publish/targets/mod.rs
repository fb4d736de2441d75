//! Where contract crates are released.

mod cargo;
mod git;
mod npm;

use std::path::Path;

use lessmq::contract::Contract;
use semver::Version;

pub(crate) use self::cargo::CargoRegistry;
pub(crate) use self::git::GitRepository;
pub(crate) use self::npm::NpmRegistry;
use super::layout::ContractCrate;
use crate::error::{Error, Result};
use crate::registry::Release;

/// Something that keeps releases. What was released once stays as it is.
pub(crate) trait Target {
    /// What people call it, without secrets.
    fn place(&self) -> String;

    /// All versions of the crate, in no order; none where the crate is not known yet.
    fn releases(&self, of: &ContractCrate) -> Result<Vec<Release>>;

    /// The contract of a version that is there.
    fn contract(&self, of: &ContractCrate, version: &Version) -> Result<Contract>;

    /// Finds out whether a release would succeed, as far as that can be known without one.
    fn rehearse(&self, of: &ContractCrate, releases: &[Release]) -> Result<()>;

    /// Releases the crate.
    fn release(&self, of: &ContractCrate, releases: &[Release]) -> Result<()>;
}

/// An empty directory for one thing at a time.
fn fresh(directory: &Path) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(format!("cannot write below {}", directory.display()))
            .because(error)
            .hint("set CARGO_TARGET_DIR to a directory that you may write to")
    };
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    std::fs::create_dir_all(directory).map_err(failed)
}
