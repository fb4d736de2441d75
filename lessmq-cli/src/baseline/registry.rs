//! Contract crates that were released to a cargo registry.

use super::{Answer, Baseline};
use crate::error::Result;
use crate::publish::layout::crate_name;
use crate::registry;

/// The releases of a service's contract crate in the registry that cargo's configuration calls `name`; in crates.io
/// without one. Only the newest unless `all` are wanted, and none that was taken back.
pub(super) fn releases(name: Option<&str>, service: &str, all: bool) -> Result<Answer> {
    let package = crate_name(service);
    let place = format!("{package} in {}", registry::place(name));
    let released = registry::published(&package, name)?.unwrap_or_default();
    let available = released.into_iter().rev().filter(|release| !release.yanked);
    let wanted = available.take(if all { usize::MAX } else { 1 });
    let baseline = |release: registry::Release| {
        let contract = registry::contract(&package, &release.version, name)?;
        Ok(Baseline { origin: place.clone(), contract })
    };
    let baselines = wanted.map(baseline).collect::<Result<_>>()?;
    Ok(Answer::of(place, baselines))
}
