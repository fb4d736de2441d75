//! Which release a version follows.
//!
//! Releases form lines: versions that cargo takes for compatible with each other. Versions of one line only rise. An older
//! line may continue next to a newer one: 1.4.1 follows 1.4.0 even after 2.0.0.

use std::cmp::Ordering;

use semver::Version;

use crate::registry::Release;
use crate::report::{Error, Result};

/// The release of exactly this version.
///
/// # Errors
/// It was yanked from `place`.
pub(crate) fn same<'r>(
    releases: &'r [Release],
    version: &Version,
    package: &str,
    place: &str,
) -> Result<Option<&'r Version>> {
    let same = releases.iter().find(|release| release.version.cmp_precedence(version) == Ordering::Equal);
    match same {
        Some(release) if release.yanked => {
            Err(Error::new(format!("{package} {version} was yanked from {place}"))
                .hint("a version cannot be released twice: set a higher version of the package"))
        }
        same => Ok(same.map(|release| &release.version)),
    }
}

/// The release that an unreleased `version` follows: the newest one of its line or, for the first of a line, the newest
/// of all.
///
/// Yanked releases are ignored. A pre-release counts only for later pre-releases of the same version, because it
/// promises nothing (SemVer 2.0.0, item 9): 2.0.0-rc.2 follows 2.0.0-rc.1, but 2.0.0 follows the last release before
/// it.
pub(crate) fn predecessor<'r>(releases: &'r [Release], version: &Version) -> Option<&'r Version> {
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

/// The newest release below `version`.
pub(crate) fn newest_below<'r>(releases: &'r [Release], version: &Version) -> Option<&'r Version> {
    available(releases).filter(|released| released.cmp_precedence(version) == Ordering::Less).max()
}

/// The versions that are not yanked.
pub(crate) fn available(releases: &[Release]) -> impl DoubleEndedIterator<Item = &Version> {
    releases.iter().filter(|release| !release.yanked).map(|release| &release.version)
}

/// The version without its pre-release.
fn core(version: &Version) -> [u64; 3] {
    [version.major, version.minor, version.patch]
}

/// The numbers that cargo's requirement `^` fixes.
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

    /// Checks the predecessor of a version and the newest release below it. `!` marks a yanked release.
    fn check(released: &[&str], version: &str, expected: Option<&str>, below: Option<&str>) {
        let parse = |text: &str| text.parse().expect("it is a version");
        let release = |text: &&str| Release {
            version: parse(text.trim_start_matches('!')),
            yanked: text.starts_with('!'),
        };
        let released: Vec<Release> = released.iter().map(release).collect();
        let version = parse(version);
        let text = |version: Option<&Version>| version.map(ToString::to_string);
        let found = (text(predecessor(&released, &version)), text(newest_below(&released, &version)));
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
    fn a_new_line_follows_the_newest_release() {
        let released = ["0.3.0", "0.1.4", "1.0.0"];
        check(&released, "0.1.5", Some("0.1.4"), Some("0.1.4"));
        check(&released, "0.2.0", Some("1.0.0"), Some("0.1.4"));
        check(&released, "0.0.1", Some("1.0.0"), None);
        check(&[], "0.1.0", None, None);
    }

    #[test]
    fn a_pre_release_limits_no_other_version() {
        let released = ["1.2.0", "1.3.0-rc.1", "3.0.0-alpha.1"];
        check(&released, "1.2.1", Some("1.2.0"), Some("1.2.0"));
        check(&released, "2.0.0", Some("1.2.0"), Some("1.3.0-rc.1"));
        check(&released, "1.3.0", Some("1.2.0"), Some("1.3.0-rc.1"));
        check(&released, "1.3.0-rc.2", Some("1.3.0-rc.1"), Some("1.3.0-rc.1"));
        check(&["1.0.0-rc.1"], "1.0.0", None, Some("1.0.0-rc.1"));
    }

    #[test]
    fn a_yanked_line_can_be_continued() {
        check(&["!1.0.0", "2.0.0"], "1.0.1", None, None);
        check(&["0.1.0", "!0.2.0", "0.3.0"], "0.2.1", Some("0.1.0"), Some("0.1.0"));
    }

    #[test]
    fn a_yanked_version_cannot_be_released_again() {
        let released = [Release { version: Version::new(1, 0, 0), yanked: true }];
        assert!(same(&released, &Version::new(1, 0, 0), "user-contract", "there").is_err());
        assert_eq!(same(&released, &Version::new(1, 0, 1), "user-contract", "there").ok(), Some(None));
    }
}
