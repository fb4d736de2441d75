//! `publish`: contract crates, written and released to real registries and repositories.

mod consumer;
mod npm;
mod refusing;
mod registry;
mod repository;
mod support;
mod writing;
