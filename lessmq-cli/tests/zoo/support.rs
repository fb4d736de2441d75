//! Running the generator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An empty folder for a test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("zoo").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Generates code from the contract of the zoo.
pub(crate) fn generate(language: &str, out: &Path) {
    let contract = out.with_extension("contract.json");
    fs::write(&contract, zoo::contract().to_json()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lessmq-cli"))
        .args(["generate", language])
        .arg(&contract)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(contract).unwrap();
}
