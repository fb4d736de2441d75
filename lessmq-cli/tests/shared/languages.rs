//! What the tests of generated code share: the programs of other languages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A program that `cargo xtask test` has installed.
pub(crate) fn tool(variable: &str) -> PathBuf {
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

/// The strictest settings of TypeScript.
const SETTINGS: &str = r#"{
  "compilerOptions": {
    "strict": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true,
    "noImplicitReturns": true, "noUnusedLocals": true, "noUnusedParameters": true,
    "target": "ES2022", "module": "NodeNext", "types": [], "rootDir": "src", "outDir": "out", "noEmitOnError": true
  },
  "include": ["src"]
}"#;

/// Compiles the TypeScript in `src` of a folder to `out`.
pub(crate) fn compile_typescript(folder: &Path) {
    fs::write(folder.join("tsconfig.json"), SETTINGS).unwrap();
    fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    run(Command::new(tool("LESSMQ_TEST_NODE")).arg(tool("LESSMQ_TEST_TSC")).arg("-p").arg(folder));
}

/// What a program of another language has written: values, by the name of what they are values of.
pub(crate) fn results(folder: &Path) -> BTreeMap<String, Vec<String>> {
    serde_json::from_slice(&fs::read(folder.join("results.json")).unwrap()).unwrap()
}
