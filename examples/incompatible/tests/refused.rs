//! The consumer does not start, and lists the incompatible calls.

use std::process::Command;

#[test]
fn the_desk_does_not_start_and_lists_every_finding() {
    let output = Command::new(env!("CARGO_BIN_EXE_example-incompatible")).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for expected in [
        "error: the contract of `library` 0.1.0 is incompatible with 0.1.0, which this program was built against",
        "call `library.lend`, request",
        "call `library.status`, reply",
        r#"for example: "Lost""#,
        "hint: build against the contract of `library`",
    ] {
        assert!(stderr.contains(expected), "`{expected}` is missing in\n{stderr}");
    }
}
