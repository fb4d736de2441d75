//! Running the generator.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// The document of the contract of the zoo, as it is taken from the code: with the types of other crates.
pub(crate) static CONTRACT: LazyLock<String> = LazyLock::new(|| {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/original/Cargo.toml");
    // Dependencies that are compiled for this workspace are reused.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lessmq-cli"))
        .args(["contract", "--offline", "--manifest-path"])
        .arg(&manifest)
        .args(["-p", "zoo"])
        .env("CARGO_TARGET_DIR", target)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
});

/// Generates code from the contract of the zoo.
pub(crate) fn generate(language: &str, out: &Path) {
    let contract = out.with_extension("contract.json");
    fs::write(&contract, &*CONTRACT).unwrap();
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
