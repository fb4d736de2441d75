//! `publish`: writes contract crates and releases them to real registries and repositories.

mod code_changes;
mod consumer;
mod npm;
mod refusing;
mod registry;
mod repository;
mod support;
mod types;
mod writing;
