//! The value of `-p`, as cargo's own commands take it: a [package ID specification] or a pattern of names.
//!
//! [package ID specification]: https://doc.rust-lang.org/cargo/reference/pkgid-spec.html

use std::path::{Path, PathBuf};

use glob::Pattern;
use semver::{Version, VersionReq};
use url::Url;

use crate::report::{Error, Result};

/// Which packages of a workspace are meant.
#[derive(Debug)]
pub(crate) struct PackageSpec {
    name: Name,
    /// Matches one version, or all that begin with the same numbers.
    version: Option<VersionReq>,
    directory: Option<PathBuf>,
}

#[derive(Debug)]
enum Name {
    Exact(String),
    Pattern(Pattern),
}

const FORMS: &str =
    "write NAME, NAME@VERSION, path+file:///DIRECTORY#VERSION or a pattern such as '*-service'";

impl PackageSpec {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.contains("://") {
            return Self::parse_url(text);
        }
        if text.contains(['*', '?', '[', ']']) {
            let pattern = Pattern::new(text).map_err(|error| invalid_error(text).because(error))?;
            return Ok(Self { name: Name::Pattern(pattern), version: None, directory: None });
        }
        let (name, version) = name_and_version(text, text)?;
        Ok(Self { name: Name::Exact(name), version, directory: None })
    }

    /// Parses `path+file:///DIRECTORY#NAME@VERSION`. The kind of source, the name and the version may be left out.
    fn parse_url(text: &str) -> Result<Self> {
        let url = Url::parse(text).map_err(|error| invalid_error(text).because(error))?;
        let is_path = matches!(url.scheme(), "file" | "path+file") && url.query().is_none();
        let address = text.strip_prefix("path+").unwrap_or(text);
        let directory = Url::parse(address).ok().filter(|_| is_path).and_then(|url| url.to_file_path().ok());
        let Some(directory) = directory else {
            return Err(invalid_error(text)
                .because("a package of a workspace is in a directory, and has a `file:` URL"));
        };
        let last = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (name, version) = match url.fragment() {
            None => (last, None),
            Some(fragment) if fragment.starts_with(|first: char| first.is_ascii_digit()) => {
                (last, Some(version(fragment, text)?))
            }
            Some(fragment) => name_and_version(fragment, text)?,
        };
        Ok(Self { name: Name::Exact(name), version, directory: Some(directory) })
    }

    /// Whether this specification selects the package.
    pub(crate) fn matches(&self, name: &str, version: &Version, directory: &Path) -> bool {
        let has_name = match &self.name {
            Name::Exact(exact) => exact == name,
            Name::Pattern(pattern) => pattern.matches(name),
        };
        has_name
            && self.version.as_ref().is_none_or(|wanted| wanted.matches(version))
            && self.directory.as_deref().is_none_or(|wanted| wanted == directory)
    }
}

fn invalid_error(spec: &str) -> Error {
    Error::new(format!("invalid package `{spec}`")).hint(FORMS)
}

/// Splits `NAME`, `NAME@VERSION` or `NAME:VERSION`, which is part of `spec`.
fn name_and_version(text: &str, spec: &str) -> Result<(String, Option<VersionReq>)> {
    let Some((name, number)) = text.split_once(['@', ':']) else { return Ok((text.to_owned(), None)) };
    Ok((name.to_owned(), Some(version(number, spec)?)))
}

/// The requirement of exactly this version. `1` and `1.2` stand for all versions that begin so.
fn version(text: &str, spec: &str) -> Result<VersionReq> {
    let is_number = text.starts_with(|first: char| first.is_ascii_digit()) && !text.contains([',', '*']);
    let requirement = VersionReq::parse(&format!("={text}")).ok().filter(|_| is_number);
    requirement.ok_or_else(|| invalid_error(spec).because(format!("`{text}` is not a version")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the package `inventory` 1.2.3 in `/code/inventory` is meant.
    fn is_meant(spec: &str) -> Option<bool> {
        let spec = PackageSpec::parse(spec).ok()?;
        Some(spec.matches("inventory", &Version::new(1, 2, 3), Path::new("/code/inventory")))
    }

    #[test]
    fn every_form_of_cargo_is_accepted() {
        for spec in [
            "inventory",
            "inventory@1.2.3",
            "inventory:1.2.3",
            "inventory@1.2",
            "inventory@1",
            "inv*",
            "?nventory",
            "file:///code/inventory",
            "path+file:///code/inventory/",
            "path+file:///code/inventory#1.2.3",
            "path+file:///code/inventory#inventory",
            "path+file:///code/inventory#inventory@1.2.3",
        ] {
            assert_eq!(is_meant(spec), Some(true), "{spec}");
        }
    }

    #[test]
    fn another_package_is_not_meant() {
        for spec in [
            "invent",
            "inventory@1.2.4",
            "inventory@2",
            "x*",
            "file:///code/other#inventory",
            "path+file:///code/inventory#stock@1.2.3",
            "path+file:///code/inventory#1.3",
        ] {
            assert_eq!(is_meant(spec), Some(false), "{spec}");
        }
    }

    #[test]
    fn other_texts_are_errors() {
        for spec in [
            "inventory@",
            "inventory@^1",
            "inventory@1,2",
            "inventory@latest",
            "inv[",
            "https://git.example/a#inventory",
            "registry+https://github.com/rust-lang/crates.io-index#inventory@1.2.3",
        ] {
            assert_eq!(is_meant(spec), None, "{spec}");
        }
    }
}
