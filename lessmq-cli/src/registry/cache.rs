//! Cargo's cache of a registry. It is only read.

use std::path::PathBuf;

use semver::Version;
use serde::Deserialize;
use tame_index::index::{ComboIndexCache, FileLock};
use tame_index::{IndexLocation, IndexUrl, KrateName};

use super::{CRATES_IO, Release, cannot_find_cache, cargo_home, directory_name, display_name};
use crate::report::{Error, Result};

/// The part of a version's line in the index that all registries have in common.
#[derive(Debug, Deserialize)]
struct Line {
    vers: Version,
    #[serde(default)]
    yanked: bool,
}

/// The cache of one registry.
pub(super) struct Cache {
    registry: String,
    index: ComboIndexCache,
    /// The directory with the unpacked crates.
    sources: PathBuf,
}

impl Cache {
    /// The cache of a registry by its name in cargo's settings; of crates.io without one.
    pub(super) fn open(registry: Option<&str>) -> Result<Self> {
        let url = match registry {
            Some(CRATES_IO) | None => IndexUrl::crates_io(None, None, None),
            Some(name) => IndexUrl::for_registry_name(None, None, name),
        };
        let url = url.map_err(cannot_find_cache)?;
        let parts = IndexLocation::new(IndexUrl::from(url.as_str())).into_parts();
        let (directory, _) = parts.map_err(cannot_find_cache)?;
        let home = cargo_home().ok_or_else(|| cannot_find_cache("neither CARGO_HOME nor HOME is set"))?;
        Ok(Self {
            registry: display_name(registry),
            index: ComboIndexCache::new(IndexLocation::new(url)).map_err(cannot_find_cache)?,
            sources: home.join("registry/src").join(directory_name(directory.as_std_path())),
        })
    }

    /// All versions of a crate that cargo has just looked up, the lowest first; `None` if it found no such crate.
    pub(super) fn releases(&self, package: &str) -> Result<Option<Vec<Release>>> {
        let read_error = |error: &dyn std::fmt::Display| self.read_error(package, error);
        let name = KrateName::try_from(package).map_err(|error| read_error(&error))?;
        let lock = FileLock::unlocked();
        let entry = self.index.cached_krate(name, &lock).map_err(|error| read_error(&error))?;
        let Some(entry) = entry else { return Ok(None) };
        let mut releases = Vec::new();
        for version in entry.iter().map_err(|error| read_error(&error))? {
            let line: Line = serde_json::from_slice(version.raw().1).map_err(|error| read_error(&error))?;
            releases.push(Release { version: line.vers, yanked: line.yanked });
        }
        releases.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(Some(releases))
    }

    /// The error of a crate that should be in the cache.
    pub(super) fn read_error(&self, package: &str, error: impl std::fmt::Display) -> Error {
        Error::new(format!("cannot read cargo's cache of `{package}` in {}", self.registry))
            .because(error)
            .hint("this cargo may be too old or too new for lessmq-cli: update both")
    }

    /// The directory of a release that cargo has just looked up.
    pub(super) fn source(&self, package: &str, version: &Version) -> PathBuf {
        self.sources.join(format!("{package}-{version}"))
    }
}
