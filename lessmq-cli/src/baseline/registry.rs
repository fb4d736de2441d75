//! Contract crates that were released to a cargo registry.

use super::Answer;
use crate::error::{Error, Result};

/// The releases of a service's contract crate in the registry that cargo's configuration calls `name`; in crates.io
/// without one. Only the newest unless `all` are wanted.
pub(super) fn releases(name: Option<&str>, service: &str, all: bool) -> Result<Answer> {
    let (name, which) = (name.unwrap_or("crates-io"), if all { "releases" } else { "newest release" });
    Err(Error::new(format!(
        "cannot read the {which} of the contract crate of `{service}` from the registry `{name}`"
    ))
    .because("this version of lessmq-cli does not read registries")
    .hint("check against a tag of the repository: --against git:TAG"))
}
