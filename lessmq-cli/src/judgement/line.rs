//! The releases of a service as lines: those that consumers take for compatible with one another.
//!
//! Versions of one line only rise. An older line may go on beside a newer one, so that 1.4.1 follows 1.4.0 although 2.0.0
//! was released.

use std::cmp::Ordering;

use semver::Version;

use crate::error::{Error, Result};
use crate::registry::Release;

/// The release of this very version.
///
/// # Errors
/// It was taken back from `place`.
pub(crate) fn same<'r>(
    releases: &'r [Release],
    version: &Version,
    package: &str,
    place: &str,
) -> Result<Option<&'r Version>> {
    let same = releases.iter().find(|release| release.version.cmp_precedence(version) == Ordering::Equal);
    match same {
        Some(release) if release.yanked => {
            Err(Error::new(format!("{package} {version} was taken back from {place}"))
                .hint("a version is never released twice: give the package the next one"))
        }
        same => Ok(same.map(|release| &release.version)),
    }
}

/// The release that a `version` which was not released has to follow: the newest one of its line; where it begins a line,
/// the newest of all.
///
/// What was taken back is followed by nothing. A pre-release is followed by later ones of the same version alone: it
/// promises nothing (SemVer 2.0.0, item 9), and the version that it prepares follows what was released before.
pub(crate) fn follows<'r>(releases: &'r [Release], version: &Version) -> Option<&'r Version> {
    let counts = |released: &&Version| {
        released.pre.is_empty() || (!version.pre.is_empty() && core(released) == core(version))
    };
    let available = || available(releases).filter(counts);
    let newest = available().filter(|released| line(released) == line(version)).max();
    if newest.is_none() && releases.iter().any(|release| line(&release.version) == line(version)) {
        return available().filter(|released| *released < version).max();
    }
    newest.or_else(|| available().max())
}

/// The last release below `version`.
pub(crate) fn last_below<'r>(releases: &'r [Release], version: &Version) -> Option<&'r Version> {
    available(releases).filter(|released| released.cmp_precedence(version) == Ordering::Less).max()
}

/// The versions of what was not taken back.
pub(crate) fn available(releases: &[Release]) -> impl DoubleEndedIterator<Item = &Version> {
    releases.iter().filter(|release| !release.yanked).map(|release| &release.version)
}

/// The version that a pre-release prepares.
fn core(version: &Version) -> [u64; 3] {
    [version.major, version.minor, version.patch]
}

/// The numbers that Cargo's requirement `^` holds fixed.
fn line(version: &Version) -> [u64; 3] {
    match *version {
        Version { major: 0, minor: 0, patch, .. } => [0, 0, patch],
        Version { major: 0, minor, .. } => [0, minor, 0],
        Version { major, .. } => [major, 0, 0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `!` marks a release that was taken back.
    fn check(released: &[&str], version: &str, expected: Option<&str>, below: Option<&str>) {
        let parse = |text: &str| text.parse().expect("it is a version");
        let release = |text: &&str| Release {
            version: parse(text.trim_start_matches('!')),
            yanked: text.starts_with('!'),
        };
        let released: Vec<Release> = released.iter().map(release).collect();
        let version = parse(version);
        let text = |version: Option<&Version>| version.map(ToString::to_string);
        let found = (text(follows(&released, &version)), text(last_below(&released, &version)));
        assert_eq!(found, (expected.map(str::to_owned), below.map(str::to_owned)), "{version}");
    }

    #[test]
    fn a_version_follows_the_newest_of_its_line() {
        let released = ["1.0.0", "2.0.0", "1.1.0"];
        check(&released, "1.2.0", Some("1.1.0"), Some("1.1.0"));
        check(&released, "1.1.0", Some("1.1.0"), Some("1.0.0"));
        check(&released, "1.0.1", Some("1.1.0"), Some("1.0.0"));
        check(&released, "3.0.0", Some("2.0.0"), Some("2.0.0"));
        check(&released, "2.0.0-rc.1", Some("2.0.0"), Some("1.1.0"));
    }

    #[test]
    fn a_line_that_is_new_follows_all_others() {
        let released = ["0.3.0", "0.1.4", "1.0.0"];
        check(&released, "0.1.5", Some("0.1.4"), Some("0.1.4"));
        check(&released, "0.2.0", Some("1.0.0"), Some("0.1.4"));
        check(&released, "0.0.1", Some("1.0.0"), None);
        check(&[], "0.1.0", None, None);
    }

    #[test]
    fn a_pre_release_keeps_no_other_version_back() {
        let released = ["1.2.0", "1.3.0-rc.1", "3.0.0-alpha.1"];
        check(&released, "1.2.1", Some("1.2.0"), Some("1.2.0"));
        check(&released, "2.0.0", Some("1.2.0"), Some("1.3.0-rc.1"));
        check(&released, "1.3.0", Some("1.2.0"), Some("1.3.0-rc.1"));
        check(&released, "1.3.0-rc.2", Some("1.3.0-rc.1"), Some("1.3.0-rc.1"));
        check(&["1.0.0-rc.1"], "1.0.0", None, Some("1.0.0-rc.1"));
    }

    #[test]
    fn a_line_that_was_taken_back_can_be_mended() {
        check(&["!1.0.0", "2.0.0"], "1.0.1", None, None);
        check(&["0.1.0", "!0.2.0", "0.3.0"], "0.2.1", Some("0.1.0"), Some("0.1.0"));
    }

    #[test]
    fn a_version_that_was_taken_back_is_gone() {
        let released = [Release { version: Version::new(1, 0, 0), yanked: true }];
        assert!(same(&released, &Version::new(1, 0, 0), "user-contract", "there").is_err());
        assert_eq!(same(&released, &Version::new(1, 0, 1), "user-contract", "there").ok(), Some(None));
    }
}
