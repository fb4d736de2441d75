//! TypeScript.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::languages::{check_results, refused, write_refused, write_samples};
use crate::shared_folder::folder;
use crate::shared_languages::{compile_typescript, run, tool};
use crate::support::generate;

#[test]
fn the_strict_compiler_accepts_the_code_and_every_value_is_preserved() {
    let folder = folder("zoo/typescript");
    fs::create_dir_all(folder.join("src")).unwrap();
    generate("typescript", &folder.join("src"));
    fs::write(folder.join("src/consumer.ts"), include_str!("consumer.ts")).unwrap();
    compile_typescript(&folder);
    let node = tool("LESSMQ_TEST_NODE");
    run(Command::new(&node).arg(folder.join("out/consumer.js")));
    write_samples(&folder);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/roundtrip.mjs");
    run(Command::new(&node).arg(&script).arg(&folder));
    check_results(&folder);
    write_refused(&folder);
    run(Command::new(&node).arg(&script).arg(&folder));
    refused(&folder, "DecodeError");
}
