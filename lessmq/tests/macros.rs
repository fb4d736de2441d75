//! What the macros accept, and what they say about what they do not.

#[test]
fn good_interfaces_compile() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}

#[test]
fn each_mistake_has_its_error() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
