//! What was released to a cargo registry.
//!
//! Cargo does the network and the authentication: `cargo info` looks a crate up in whatever kind of registry it is and
//! downloads that crate alone, none of its dependencies. Its versions are then in cargo's cache of the index, and its
//! files in cargo's folder of sources.

mod cache;

use std::path::{Path, PathBuf};
use std::process::Command;

use lessmq::contract::Contract;
use semver::Version;

use self::cache::Cache;
use crate::document;
use crate::error::{Error, Result};
use crate::extract::workspace::cargo;
use crate::program::{self, Said};

/// A version in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) version: Version,
    /// Taken back: nobody is to choose it any more, and who has it may keep it.
    pub(crate) yanked: bool,
}

/// All versions of `package`, the lowest first; `None` where the registry does not know it. Without a name the registry is
/// crates.io.
pub(crate) fn published(package: &str, registry: Option<&str>) -> Result<Option<Vec<Release>>> {
    let said = info(package, registry)?;
    if !said.success && is_unknown(&said, package) {
        // One of which every version is yanked is unknown too, and still in the index.
        return Ok(Cache::of(registry)?.releases(package)?.filter(|releases| !releases.is_empty()));
    }
    if !said.success {
        return Err(refused(&said, registry));
    }
    let cache = Cache::of(registry)?;
    match cache.releases(package)? {
        Some(releases) => Ok(Some(releases)),
        None => Err(cache.unreadable(package, "it is not in cargo's cache of the index")),
    }
}

/// The contract that a released contract crate carries.
pub(crate) fn contract(package: &str, version: &Version, registry: Option<&str>) -> Result<Contract> {
    let spec = format!("{package}@{version}");
    let said = info(&spec, registry)?;
    if !said.success && is_unknown(&said, &spec) {
        return Err(Error::new(format!("{} has no `{package}` {version}", place(registry)))
            .hint("is it yanked? choose another version"));
    }
    if !said.success {
        return Err(refused(&said, registry));
    }
    let path = Cache::of(registry)?.source(package, version).join("contract.json");
    if !path.is_file() {
        return Err(Error::new(format!("`{package}` {version} of {} has no contract.json", place(registry)))
            .hint(
                "that release is no contract crate: `lessmq-cli publish` makes such, called SERVICE-contract",
            ));
    }
    document::read(&path).map_err(|error| error.at(format!("`{package}` {version} of {}", place(registry))))
}

/// Cargo's name for crates.io.
pub(crate) const CRATES_IO: &str = "crates-io";

/// How people call a registry.
pub(crate) fn place(registry: Option<&str>) -> String {
    match registry {
        None | Some(CRATES_IO) => "crates.io".to_owned(),
        Some(name) => format!("the registry `{name}`"),
    }
}

fn info(spec: &str, registry: Option<&str>) -> Result<Said> {
    let mut command = Command::new(cargo());
    command.args(["info", "--color", "never", "--registry", registry.unwrap_or(CRATES_IO), spec]);
    program::run(&mut command)
}

fn is_unknown(said: &Said, spec: &str) -> bool {
    said.stderr.contains(&format!("could not find `{spec}` in registry"))
}

fn refused(said: &Said, registry: Option<&str>) -> Error {
    let error = said.error(format!("cannot read {}", place(registry)));
    let text = &said.stderr;
    error.hint(if text.contains("not found in any configuration") {
        let name = registry.unwrap_or("NAME");
        format!("name it in .cargo/config.toml: [registries.{name}] index = \"sparse+https://…\"")
    } else if ["401", "403", "token", "login"].iter().any(|word| text.contains(word)) {
        let name = registry.map(|name| format!(" --registry {name}")).unwrap_or_default();
        format!("log in with `cargo login{name}`, or set its token in the environment")
    } else {
        "is the registry up, and its index right in .cargo/config.toml?".to_owned()
    })
}

/// Where cargo keeps what it downloads.
fn cargo_home() -> Option<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).filter(|path| path.is_absolute())
}

fn cannot_find_cache(error: impl std::fmt::Display) -> Error {
    Error::new("cannot find where cargo keeps what it downloads")
        .because(error)
        .hint("is the registry's index right in .cargo/config.toml?")
}

fn directory_name(path: &Path) -> PathBuf {
    path.file_name().map(PathBuf::from).unwrap_or_default()
}
