//! The macros accept valid input, and report mistakes.

#![cfg(feature = "macros")]

#[test]
fn valid_interfaces_compile_and_each_mistake_has_an_error() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
