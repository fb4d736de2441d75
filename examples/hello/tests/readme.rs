//! The program in the README is this example, and it prints what the README shows.

use std::process::Command;

#[test]
fn the_readme_shows_this_program() {
    let readme = include_str!("../../../README.md");
    let program = include_str!("../src/main.rs");
    assert!(
        readme.contains(&format!("```rust\n{program}```")),
        "copy examples/hello/src/main.rs into README.md"
    );
}

/// The documentation compiles this code.
#[test]
fn the_readme_shows_the_code_of_the_documentation() {
    let readme = include_str!("../../../README.md");
    let code = include_str!("../../../lessmq/src/docs/dead_letters.md").strip_prefix("```rust\n").unwrap();
    assert!(readme.contains(code), "copy lessmq/src/docs/dead_letters.md into README.md");
    let fake = include_str!("../../../lessmq/src/docs/fake.md");
    let code = fake.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```\n")).unwrap().0;
    let is_shown = |line: &&str| !line.starts_with("# ");
    let shown: String = code.split_inclusive('\n').filter(is_shown).collect();
    assert!(readme.contains(&shown), "copy the code in lessmq/src/docs/fake.md into README.md");
}

#[test]
fn the_program_prints_greetings_and_diary_entries() {
    let output = Command::new(env!("CARGO_BIN_EXE_example-hello")).env_remove("LESSMQ_URL").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        printed,
        "Hello, Ada!\nGood day, Grace.\nrejected: EmptyName\nin the diary: Hello, Ada!\nin the diary: Good day, Grace.\n"
    );
    assert!(include_str!("../../../README.md").contains(&printed), "the README shows the output");
}
