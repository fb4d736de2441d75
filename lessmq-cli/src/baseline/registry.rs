//! Contract crates that were released to a cargo registry.

use std::cmp::Ordering;

use lessmq::contract::Contract;
use semver::Version;

use super::{Answer, Baseline};
use crate::error::Result;
use crate::judgement::{Standing, line};
use crate::publish::layout::crate_name;
use crate::registry;

/// The release that `next` follows in the registry that cargo's configuration calls `name`; in crates.io without one.
/// Where `all` are wanted, also those before it, but none that was taken back.
pub(super) fn releases(name: Option<&str>, next: &Contract, all: bool) -> Result<Answer> {
    let package = crate_name(&next.service);
    let place = format!("{package} in {}", registry::place(name));
    let released = registry::published(&package, name)?.unwrap_or_default();
    let same = line::same(&released, &next.version, &package, &registry::place(name).to_string())?;
    let newest = same.or_else(|| line::follows(&released, &next.version));
    let is_before = |version: &&Version| {
        all && Some(*version) != newest && version.cmp_precedence(&next.version) != Ordering::Greater
    };
    let baseline = |version: &Version| {
        let contract = registry::contract(&package, version, name)?;
        Ok(Baseline { origin: place.clone(), standing: Standing::Released, contract })
    };
    let wanted = newest.into_iter().chain(line::available(&released).rev().filter(is_before));
    let baselines = wanted.map(baseline).collect::<Result<_>>()?;
    Ok(Answer::of(place, baselines))
}
