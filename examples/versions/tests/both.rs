//! Both desks get an answer, and the old one is listed.

use std::process::Command;

#[test]
fn both_versions_answer_and_the_old_consumer_is_listed() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_example-versions")).env("LESSMQ_URL", "memory:").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "version 1: book 7\nversion 2: Some(\"book 0\")\nold-desk uses library.title, not title@2\n"
    );
    let logged = "`old-desk` uses `library.title`, an older version of `library.title@2`";
    assert_eq!(stderr.matches(logged).count(), 1, "{stderr}");
}
