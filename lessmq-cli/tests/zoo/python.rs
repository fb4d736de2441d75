//! Python.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::languages::{check_results, refused, write_refused, write_samples};
use crate::shared_folder::folder;
use crate::shared_languages::{run, tool};
use crate::support::generate;

#[test]
fn the_strict_checker_accepts_the_code_and_every_value_is_preserved() {
    let folder = folder("zoo/python");
    let package = folder.join("zoo");
    fs::create_dir_all(&package).unwrap();
    generate("python", &package);
    let python = tool("LESSMQ_TEST_PYTHON");
    let (cache, consumer) = (folder.join("cache"), folder.join("consumer.py"));
    fs::write(&consumer, include_str!("consumer.py")).unwrap();
    let mut checker = Command::new(&python);
    checker.args(["-m", "mypy", "--strict", "--cache-dir"]).arg(cache);
    run(checker.arg(&package).arg(&consumer));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/roundtrip.py");
    run(Command::new(&python).arg(&consumer));
    write_samples(&folder);
    run(Command::new(&python).arg(&script).arg(&folder));
    check_results(&folder);
    write_refused(&folder);
    run(Command::new(&python).arg(&script).arg(&folder));
    refused(&folder, "DecodeError");
}
