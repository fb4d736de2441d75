//! Which version a change asks for, after <https://semver.org>, and for 0.x as cargo reads it.

use semver::Version;

use crate::comparison::Bump;

/// The least version after `old` that may carry a change of this size.
pub(crate) fn least(old: &Version, bump: Bump) -> Version {
    let (major, minor, patch) = (old.major, old.minor, old.patch);
    // Before 1.0 the first number that is not zero is the major one.
    match (bump, major, minor) {
        (Bump::Patch, ..) => old.clone(),
        _ if !old.pre.is_empty() => Version::new(major, minor, patch),
        (Bump::Major, 0, 0) | (Bump::Minor, 0, _) => Version::new(0, minor, patch + 1),
        (Bump::Major, 0, _) => Version::new(0, minor + 1, 0),
        (Bump::Major, ..) => Version::new(major + 1, 0, 0),
        (Bump::Minor, ..) => Version::new(major, minor + 1, 0),
    }
}

/// Whether `new` may carry a change of this size after `old`.
pub(crate) fn suffices(old: &Version, new: &Version, bump: Bump) -> bool {
    if bump == Bump::Patch {
        return true;
    }
    // A pre-release makes no promise to the next one.
    if !old.pre.is_empty() && new > old {
        return true;
    }
    let release = Version::new(new.major, new.minor, new.patch);
    release >= least(old, bump) && new > old
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, bump: Bump, expected: bool) {
        let (old, new) = (old.parse().unwrap(), new.parse().unwrap());
        assert_eq!(suffices(&old, &new, bump), expected, "{old} to {new} for {bump:?}");
    }

    #[test]
    fn a_major_change_needs_the_first_number_that_is_not_zero() {
        check("1.2.3", "1.3.0", Bump::Major, false);
        check("1.2.3", "2.0.0", Bump::Major, true);
        check("1.2.3", "2.0.0-rc.1", Bump::Major, true);
        check("0.2.3", "0.2.4", Bump::Major, false);
        check("0.2.3", "0.3.0", Bump::Major, true);
        check("0.0.3", "0.0.4", Bump::Major, true);
        check("0.0.3", "0.0.3", Bump::Major, false);
    }

    #[test]
    fn a_minor_change_needs_the_next_number() {
        check("1.2.3", "1.2.4", Bump::Minor, false);
        check("1.2.3", "1.3.0", Bump::Minor, true);
        check("0.2.3", "0.2.3", Bump::Minor, false);
        check("0.2.3", "0.2.4", Bump::Minor, true);
    }

    #[test]
    fn no_change_needs_no_version_and_pre_releases_promise_nothing() {
        check("1.2.3", "1.2.3", Bump::Patch, true);
        check("2.0.0-rc.1", "2.0.0-rc.2", Bump::Major, true);
        check("2.0.0-rc.1", "2.0.0-rc.1", Bump::Major, false);
    }
}
