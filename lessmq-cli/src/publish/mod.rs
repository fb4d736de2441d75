//! Contract crates: their files and their releases.
//!
//! A [`ContractCrate`](contract_crate::ContractCrate) is made from a contract. [`layout`] makes its files,
//! [`changelog`] records its releases, and [`fingerprint`] shows whether the files are up to date. A
//! [`plan`](plan::Plan) says what to write and release, and [`targets`] release it.

pub(crate) mod changelog;
pub(crate) mod code_changes;
pub(crate) mod committed;
pub(crate) mod contract_crate;
pub(crate) mod doubts;
mod file_marks;
mod files;
pub(crate) mod fingerprint;
mod layout;
pub(crate) mod manifest;
pub(crate) mod opaque;
pub(crate) mod plan;
pub(crate) mod sources;
pub(crate) mod targets;

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Texts of files by their path.
pub(crate) type Files = BTreeMap<PathBuf, String>;
