//! What a change requires of the version, in words.

use lessmq::compat::Bump;
use semver::Version;

use crate::report::{Verdict, VersionStep};

/// The version, and whether it suffices. After a compatible change, it may wait for the release.
pub(super) fn requirement(new: &Version, verdict: Verdict, step: &VersionStep) -> String {
    let VersionStep { bump, least_version, version_suffices } = step;
    let bump = described(*bump, least_version);
    match (verdict, version_suffices) {
        (Verdict::Identical, _) => new.to_string(),
        (_, true) => format!("{new} is high enough for this change ({bump})"),
        (Verdict::Compatible, false) => format!("{new}; release it as {least_version} or later ({bump})"),
        (_, false) => format!("{new} is too low for this change: {least_version} or later ({bump})"),
    }
}

/// The same for a version to which there is an objection.
pub(super) fn too_low(new: &Version, step: &VersionStep) -> String {
    let VersionStep { bump, least_version, .. } = step;
    match bump {
        Bump::Patch => format!("{new} is too low: {least_version} or later"),
        bump => {
            format!("{new} is too low: {least_version} or later ({})", described(*bump, least_version))
        }
    }
}

fn described(bump: Bump, least_version: &Version) -> String {
    match bump {
        Bump::Major if least_version.major == 0 => "major: before 1.0.0 that is the middle number".to_owned(),
        bump => bump.to_string(),
    }
}
