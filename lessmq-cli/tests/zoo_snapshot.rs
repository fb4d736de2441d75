//! The committed crate is equal to the crate that is generated from the contract of the zoo. `LESSMQ_BLESS=1` writes it.
//!
//! A separate test, which compiles even if the crate does not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shared/folder.rs"]
mod shared_folder;
#[path = "zoo/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use lessmq::contract::Contract;
use shared_folder::folder;
use support::generate;

/// The committed package that is generated from the zoo.
fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/generated")
}

/// The files of a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn the_committed_crate_is_up_to_date() {
    let out = folder("zoo/rust");
    generate("rust", &out);
    if env::var_os("LESSMQ_BLESS").is_some() {
        for (name, text) in files(&out) {
            fs::write(committed().join("src").join(name), text).unwrap();
        }
    }
    let (expected, actual) = (files(&committed().join("src")), files(&out));
    for (name, text) in &actual {
        assert!(
            expected.get(name) == Some(text),
            "{name} differs from what is committed; `LESSMQ_BLESS=1 cargo test -p lessmq-cli --test zoo_snapshot` writes it"
        );
    }
    assert_eq!(expected.keys().collect::<Vec<_>>(), actual.keys().collect::<Vec<_>>());
    let committed = Contract::from_json(expected["contract.json"].as_bytes()).unwrap();
    // The zoo names one type itself.
    let (committed, zoo) = (committed.without_rust_types(), zoo::contract().without_rust_types());
    assert!(committed == zoo, "the committed contract is not the zoo's");
}
