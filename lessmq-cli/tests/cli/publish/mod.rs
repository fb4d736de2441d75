//! `publish`: contract crates, written and released to real registries and repositories.

mod registry;
mod support;
mod writing;
