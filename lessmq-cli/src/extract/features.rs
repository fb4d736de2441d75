//! The features with which packages are compiled.

use crate::report::{Error, Result};
use crate::workspace::Package;

/// Features, as cargo's options select them.
#[derive(Debug, Default)]
pub(crate) struct Features {
    pub(crate) some: Vec<String>,
    pub(crate) all: bool,
    pub(crate) no_default: bool,
}

impl Features {
    /// The selected features that `package` has.
    pub(in crate::extract) fn selected_in(&self, package: &Package) -> Vec<String> {
        if self.all {
            return package.features.keys().filter(|feature| *feature != "default").cloned().collect();
        }
        let selected = self.some.iter().filter_map(|feature| match feature.split_once('/') {
            Some((owner, feature)) if owner == package.name => Some(feature),
            Some(_) => None,
            None if package.features.contains_key(feature) => Some(feature.as_str()),
            None => None,
        });
        selected.map(str::to_owned).collect()
    }

    /// Fails for a feature that none of the packages has.
    pub(super) fn check<'p>(&self, packages: impl Iterator<Item = &'p Package>) -> Result<()> {
        let packages: Vec<&Package> = packages.collect();
        let is_known = |feature: &&String| {
            let (owner, name) =
                feature.split_once('/').map_or((None, feature.as_str()), |(owner, name)| (Some(owner), name));
            packages.iter().any(|package| {
                owner.is_none_or(|owner| owner == package.name) && package.features.contains_key(name)
            })
        };
        match self.some.iter().find(|feature| !is_known(feature)) {
            None => Ok(()),
            Some(feature) => {
                let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
                Err(Error::new(format!("no feature `{feature}` in {}", names.join(", ")))
                    .hint("declare features under [features] in the package's Cargo.toml"))
            }
        }
    }
}
