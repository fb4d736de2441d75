//! For tests: the conformance suite, which checks that a driver does what the docs of
//! [`transport`](crate::transport) promise.

pub mod conformance;

#[doc(inline)]
pub use crate::conformance_tests;
