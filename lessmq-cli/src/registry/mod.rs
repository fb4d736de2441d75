//! Contract crates in a cargo registry.
//!
//! Cargo does the networking and the authentication: `cargo info` works with every kind of registry, and downloads one
//! crate without its dependencies. Afterwards the versions are in cargo's cache of the index, and the files of the crate
//! in cargo's source directory.

mod cache;

use std::path::{Path, PathBuf};

use lessmq::contract::Contract;
use semver::Version;

use self::cache::Cache;
use crate::document;
use crate::program::{self, Finished};
use crate::report::{Error, Result};

/// A version in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) version: Version,
    /// Withdrawn: cargo no longer selects it, but keeps it in existing lock files.
    pub(crate) yanked: bool,
}

/// All versions of `package`, the lowest first; `None` if the registry does not have it. Without a name the registry is
/// crates.io.
pub(crate) fn published(package: &str, registry: Option<&str>) -> Result<Option<Vec<Release>>> {
    let finished = info(package, registry)?;
    if !finished.success && is_unknown(&finished, package) {
        // A crate with only yanked versions is reported as unknown too, but it is in the index.
        return Ok(Cache::open(registry)?.releases(package)?.filter(|releases| !releases.is_empty()));
    }
    if !finished.success {
        return Err(read_error(&finished, registry));
    }
    let cache = Cache::open(registry)?;
    match cache.releases(package)? {
        Some(releases) => Ok(Some(releases)),
        None => Err(cache.read_error(package, "it is not in cargo's cache of the index")),
    }
}

/// The contract in a released contract crate.
pub(crate) fn contract(package: &str, version: &Version, registry: Option<&str>) -> Result<Contract> {
    let spec = format!("{package}@{version}");
    let finished = info(&spec, registry)?;
    if !finished.success && is_unknown(&finished, &spec) {
        return Err(Error::new(format!("{} has no `{package}` {version}", display_name(registry)))
            .hint("it may be yanked: choose another version"));
    }
    if !finished.success {
        return Err(read_error(&finished, registry));
    }
    let path = Cache::open(registry)?.source(package, version).join("contract.json");
    if !path.is_file() {
        return Err(Error::new(format!(
            "`{package}` {version} of {} has no contract.json",
            display_name(registry)
        ))
        .hint("it is not a contract crate, which `lessmq-cli publish` writes and calls SERVICE-contract"));
    }
    document::read(&path)
        .map_err(|error| error.at(format!("`{package}` {version} of {}", display_name(registry))))
}

/// Cargo's name for crates.io.
pub(crate) const CRATES_IO: &str = "crates-io";

/// The name of the contract crate of a service.
pub(crate) fn crate_name(service: &str) -> String {
    format!("{service}-contract")
}

/// The name of a registry, for people.
pub(crate) fn display_name(registry: Option<&str>) -> String {
    match registry {
        None | Some(CRATES_IO) => "crates.io".to_owned(),
        Some(name) => format!("registry `{name}`"),
    }
}

fn info(spec: &str, registry: Option<&str>) -> Result<Finished> {
    let mut command = program::cargo();
    command.args(["info", "--color", "never", "--registry", registry.unwrap_or(CRATES_IO), spec]);
    program::run(&mut command)
}

fn is_unknown(finished: &Finished, spec: &str) -> bool {
    finished.stderr.contains(&format!("could not find `{spec}` in registry"))
}

fn read_error(finished: &Finished, registry: Option<&str>) -> Error {
    let error = finished.error(format!("cannot read {}", display_name(registry)));
    let text = &finished.stderr;
    error.hint(if text.contains("not found in any configuration") {
        let name = registry.unwrap_or("NAME");
        format!("add it to .cargo/config.toml: [registries.{name}] index = \"sparse+https://…\"")
    } else if ["401", "403", "token", "login"].iter().any(|word| text.contains(word)) {
        let name = registry.map(|name| format!(" --registry {name}")).unwrap_or_default();
        format!("log in with `cargo login{name}`, or set its token in the environment")
    } else {
        "check that the registry is up, and its index in .cargo/config.toml".to_owned()
    })
}

/// The directory with cargo's downloads.
fn cargo_home() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).filter(|path| path.is_absolute())
}

fn cannot_find_cache(error: impl std::fmt::Display) -> Error {
    Error::new("cannot find cargo's downloads")
        .because(error)
        .hint("check the registry's index in .cargo/config.toml")
}

fn directory_name(path: &Path) -> PathBuf {
    path.file_name().map(PathBuf::from).unwrap_or_default()
}
