//! For tests: what a driver must prove.

pub mod conformance;
