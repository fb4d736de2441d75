//! Contract crates: their files, and where they are released.
//!
//! A [`ContractCrate`](contract_crate::ContractCrate) is made of a contract; [`layout`] gives its files, [`changelog`] the
//! record of its releases and [`fingerprint`] the proof that the files are up to date. A [`plan`](plan::Plan) says what
//! is to be written and released; [`targets`] release it.

pub(crate) mod changelog;
pub(crate) mod committed;
pub(crate) mod contract_crate;
pub(crate) mod files;
pub(crate) mod fingerprint;
mod layout;
mod manifest;
mod mark;
pub(crate) mod plan;
mod sources;
pub(crate) mod targets;

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Texts of files by their path.
pub(crate) type Files = BTreeMap<PathBuf, String>;
