//! Types generated from the contract of the zoo have the same messages as the types of the zoo, in every language.
//!
//! `generated/` is committed and compiled: see `zoo_snapshot.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../shared/folder.rs"]
mod shared_folder;
#[path = "../shared/languages.rs"]
mod shared_languages;

mod derives;
mod languages;
mod python;
mod rust;
mod support;
mod typescript;
