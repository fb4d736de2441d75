//! TypeScript and Python.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::contracts::{check_results, folder, generate, write_samples};

/// A program that `cargo xtask test` has installed.
fn tool(variable: &str) -> PathBuf {
    let path = env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} is not set: run the tests with `cargo xtask test`, which installs what they need")
    });
    PathBuf::from(path)
}

/// Runs a program, which must succeed.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).join("");
    assert!(output.status.success(), "{command:?} failed:\n{text}");
}

pub(crate) fn results(folder: &Path) -> HashMap<String, Vec<String>> {
    serde_json::from_slice(&fs::read(folder.join("results.json")).unwrap()).unwrap()
}

/// The strictest settings.
const SETTINGS: &str = r#"{
  "compilerOptions": {
    "strict": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true,
    "noImplicitReturns": true, "noUnusedLocals": true, "noUnusedParameters": true,
    "target": "ES2022", "module": "NodeNext", "types": [], "rootDir": "src", "outDir": "out", "noEmitOnError": true
  },
  "include": ["src"]
}"#;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/random_contracts").join(name)
}

#[test]
fn typescript_compiles_and_preserves_every_value() {
    let folder = folder("typescript");
    fs::create_dir_all(folder.join("src")).unwrap();
    generate("typescript", &folder.join("src"));
    fs::write(folder.join("tsconfig.json"), SETTINGS).unwrap();
    fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    let node = tool("LESSMQ_TEST_NODE");
    run(Command::new(&node).arg(tool("LESSMQ_TEST_TSC")).arg("-p").arg(&folder));
    write_samples(&folder);
    run(Command::new(&node).arg(script("roundtrip.mjs")).arg(&folder));
    check_results(&results(&folder), |_| true);
}

#[test]
fn python_passes_the_strict_checker_and_preserves_every_value() {
    let folder = folder("python");
    generate("python", &folder.join("contracts"));
    let python = tool("LESSMQ_TEST_PYTHON");
    let mut checker = Command::new(&python);
    checker.args(["-m", "mypy", "--strict", "--cache-dir"]).arg(folder.join("cache"));
    run(checker.arg(folder.join("contracts")));
    write_samples(&folder);
    run(Command::new(&python).arg(script("roundtrip.py")).arg(&folder));
    check_results(&results(&folder), |_| true);
}
