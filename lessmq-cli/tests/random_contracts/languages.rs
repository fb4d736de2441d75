//! TypeScript and Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::contracts::{check_results, generate, write_samples};
use crate::shared_folder::folder;
use crate::shared_languages::{compile_typescript, results, run, tool};

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/random_contracts").join(name)
}

#[test]
fn typescript_compiles_and_preserves_every_value() {
    let folder = folder("random_contracts/typescript");
    fs::create_dir_all(folder.join("src")).unwrap();
    generate("typescript", &folder.join("src"));
    compile_typescript(&folder);
    write_samples(&folder);
    run(Command::new(tool("LESSMQ_TEST_NODE")).arg(script("roundtrip.mjs")).arg(&folder));
    check_results(&results(&folder), |_| true);
}

#[test]
fn python_passes_the_strict_checker_and_preserves_every_value() {
    let folder = folder("random_contracts/python");
    generate("python", &folder.join("contracts"));
    let python = tool("LESSMQ_TEST_PYTHON");
    let mut checker = Command::new(&python);
    checker.args(["-m", "mypy", "--strict", "--cache-dir"]).arg(folder.join("cache"));
    run(checker.arg(folder.join("contracts")));
    write_samples(&folder);
    run(Command::new(&python).arg(script("roundtrip.py")).arg(&folder));
    check_results(&results(&folder), |_| true);
}
