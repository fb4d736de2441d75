//! The contracts of contract crates in a cargo registry.

use std::cmp::Ordering;

use lessmq::contract::Contract;
use semver::Version;

use super::{Baseline, Found};
use crate::judgement::releases;
use crate::registry::{self, crate_name};
use crate::report::{BaselineKind, Result};

/// The release that `next` follows, in the registry that cargo's configuration calls `name`; in crates.io without a
/// name. If `all` is true, also all earlier releases that are not yanked.
pub(super) fn baselines(name: Option<&str>, next: &Contract, all: bool) -> Result<Found> {
    let package = crate_name(&next.service);
    let place = format!("{package} in {}", registry::display_name(name));
    let released = registry::published(&package, name)?.unwrap_or_default();
    let same = releases::same(&released, &next.version, &package, &registry::display_name(name))?;
    let newest = same.or_else(|| releases::predecessor(&released, &next.version));
    let is_before = |version: &&Version| {
        all && Some(*version) != newest && version.cmp_precedence(&next.version) != Ordering::Greater
    };
    let baseline = |version: &Version| {
        let contract = registry::contract(&package, version, name)?;
        Ok(Baseline { origin: place.clone(), kind: BaselineKind::Released, contract })
    };
    let wanted = newest.into_iter().chain(releases::available(&released).rev().filter(is_before));
    let baselines = wanted.map(baseline).collect::<Result<_>>()?;
    Ok(Found { place, is_live: false, baselines })
}
