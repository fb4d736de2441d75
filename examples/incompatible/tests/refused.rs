//! The consumer does not start, and tells which calls do not fit.

use std::process::Command;

#[test]
fn the_desk_is_refused_with_every_finding() {
    let output = Command::new(env!("CARGO_BIN_EXE_example-incompatible")).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for expected in [
        "error: `library` 0.1.0 does not fit the contract 0.1.0 that this program was built against",
        "call `library.lend`, request",
        "call `library.status`, reply",
        r#"for example: "Lost""#,
        "hint: build against the contract of `library`",
    ] {
        assert!(stderr.contains(expected), "`{expected}` is missing in\n{stderr}");
    }
}
