//! Each mistake has an error at its place. Valid input is in `macros_accept`: with programs that must run, trybuild would
//! generate code for all dependencies.

#![cfg(feature = "macros")]

#[test]
fn each_mistake_has_an_error() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
