//! Code that is generated from random contracts compiles, and carries every value of their schemas unchanged, in every
//! language.
//!
//! The ordinary run has few contracts. `cargo xtask random-contracts` runs it with many, and with another seed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../shared/folder.rs"]
mod shared_folder;
#[path = "../shared/languages.rs"]
mod shared_languages;

mod contracts;
mod languages;
mod random;
mod rust;
mod schemas;
mod values;
