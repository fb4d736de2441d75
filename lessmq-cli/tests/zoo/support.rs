//! Running the generator.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The committed package of what is generated from the zoo.
pub(crate) fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/generated")
}

/// An empty folder for a test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("zoo").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether what differs from the snapshots is to be written.
pub(crate) fn is_blessing() -> bool {
    env::var_os("LESSMQ_BLESS").is_some()
}

/// Generates code from the contract of the zoo.
pub(crate) fn generate(language: &str, out: &Path) {
    let contract = out.join("contract.json");
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

/// The files of a folder.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}
