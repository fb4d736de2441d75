//! Contract crates: what stands in them, and where they are released.
//!
//! [`layout`] makes the files of a crate and [`changelog`] the record of its releases; a [`refusal`] says why a
//! version may not follow another; [`targets`] release it. Nothing here prints or decides what a person is told.

pub(crate) mod changelog;
pub(crate) mod committed;
pub(crate) mod files;
pub(crate) mod layout;
pub(crate) mod manifest;
pub(crate) mod plan;
pub(crate) mod refusal;
pub(crate) mod sources;
pub(crate) mod targets;
