//! The releases of a service as lines: those that consumers take for compatible with one another.
//!
//! Versions of one line only rise. An older line may go on beside a newer one, so that 1.4.1 follows 1.4.0 although 2.0.0
//! was released.

use std::cmp::Ordering;

use semver::Version;

/// The release that `version` has to follow: the newest one of its line; where it begins a line, the newest of all.
pub(crate) fn newest<'v>(
    released: impl IntoIterator<Item = &'v Version>,
    version: &Version,
) -> Option<&'v Version> {
    released.into_iter().max_by_key(|released| (line(released) == line(version), *released))
}

/// The last release below `version`.
pub(crate) fn last_below<'v>(
    released: impl IntoIterator<Item = &'v Version>,
    version: &Version,
) -> Option<&'v Version> {
    released.into_iter().filter(|released| released.cmp_precedence(version) == Ordering::Less).max()
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

    fn check(released: &[&str], version: &str, follows: Option<&str>, below: Option<&str>) {
        let parse = |text: &&str| text.parse().expect("it is a version");
        let released: Vec<Version> = released.iter().map(parse).collect();
        let version = parse(&version);
        let found = (newest(&released, &version), last_below(&released, &version));
        let text = |version: Option<&Version>| version.map(ToString::to_string);
        let expected = (follows.map(str::to_owned), below.map(str::to_owned));
        assert_eq!((text(found.0), text(found.1)), expected, "{version}");
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
}
