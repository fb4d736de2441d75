//! What the macros accept, and what they say about what they do not.

#![cfg(feature = "macros")]

#[test]
fn good_interfaces_compile_and_each_mistake_has_its_error() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
