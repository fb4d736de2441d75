//! What is generated from the contract of the zoo carries the same messages as the zoo's own types, in every language.
//!
//! `generated/` is committed and compiled; `LESSMQ_BLESS=1` writes it anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rust;
mod support;
