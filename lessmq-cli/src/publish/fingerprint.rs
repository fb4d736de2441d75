//! Whether the generated sources of a committed contract crate are up to date, without generating them.
//!
//! `publish` stores a fingerprint in the crate's `Cargo.toml`. It covers everything that the sources are generated from:
//! the contract, the names of its traits, the settings for types and the revision of the generator. It covers the sources
//! too, so that a file that was edited by hand is noticed.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use lessmq::contract::Contract;
use sha2::{Digest, Sha256};
use toml::Table;

use super::{Files, files};
use crate::extract::TraitNames;
use crate::report::{Error, Result};
use crate::rust_types::Replacements;

/// The revision of the generator. Raise it with every change of the generated Rust code: it makes every contract crate
/// stale.
const GENERATOR_REVISION: u32 = 8;

/// The table of `Cargo.toml` that contains the fingerprint.
pub(super) const TABLE: &str = "package.metadata.lessmq";
/// The key of the fingerprint in that table.
pub(super) const KEY: &str = "fingerprint";

/// The fingerprint of a crate with these sources, which are named by their path below `src`.
pub(super) fn fingerprint(
    contract: &Contract,
    traits: &TraitNames,
    replacements: &Replacements,
    sources: &Files,
) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        // The length before each part makes the sequence of parts unambiguous.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    };
    add(&GENERATOR_REVISION.to_be_bytes());
    add(contract.to_json().as_bytes());
    for name in [&traits.methods, &traits.events] {
        add(name.as_deref().unwrap_or_default().as_bytes());
    }
    add(replacements.to_text().as_bytes());
    for (path, text) in sources {
        add(path.display().to_string().replace('\\', "/").as_bytes());
        add(text.as_bytes());
    }
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the crate in `directory` has the sources that `publish` would write for this contract.
pub(crate) fn is_fresh(
    directory: &Path,
    contract: &Contract,
    traits: &TraitNames,
    replacements: &Replacements,
) -> Result<bool> {
    let Some(stored) = stored(&directory.join("Cargo.toml"))? else { return Ok(false) };
    let source_directory = directory.join("src");
    let mut sources = Files::new();
    for path in files::sources(directory, Path::new("src"))? {
        // A file that is not UTF-8 was not generated.
        let Ok(text) = fs::read_to_string(directory.join(&path)) else { return Ok(false) };
        let path = directory.join(&path);
        sources.insert(path.strip_prefix(&source_directory).unwrap_or(&path).to_owned(), text);
    }
    Ok(stored == fingerprint(contract, traits, replacements, &sources))
}

/// The fingerprint in a manifest; `None` if there is none.
fn stored(manifest: &Path) -> Result<Option<String>> {
    let text = match fs::read_to_string(manifest) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Error::new(format!("cannot read `{}`", manifest.display())).because(error));
        }
    };
    // Cargo reports a manifest that is not valid.
    let Ok(manifest) = text.parse::<Table>() else { return Ok(None) };
    let mut value = manifest.get("package");
    for key in TABLE.split('.').skip(1).chain([KEY]) {
        value = value.and_then(|table| table.get(key));
    }
    Ok(value.and_then(|value| value.as_str()).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::env;

    use lessmq::Never;
    use lessmq::contract::{ContractBuilder, MethodMeta};

    use super::*;
    use crate::document;
    use crate::publish::sources;

    fn contract(description: &'static str) -> Contract {
        let meta = MethodMeta { description: Some(description), ..MethodMeta::new("count") };
        ContractBuilder::new("shop", "1.0.0").call::<u64, u64, Never>(meta).build()
    }

    fn traits(methods: &str) -> TraitNames {
        TraitNames { methods: Some(methods.to_owned()), events: None }
    }

    fn files(path: &str, text: &str) -> Files {
        Files::from([(path.into(), text.to_owned())])
    }

    #[test]
    fn every_part_of_a_crate_changes_its_fingerprint() {
        let of = |description, methods, path, text| {
            let none = Replacements::default();
            fingerprint(&contract(description), &traits(methods), &none, &files(path, text))
        };
        let original = of("Counts.", "Orders", "lib.rs", "mod a;");
        assert_eq!(of("Counts.", "Orders", "lib.rs", "mod a;"), original);
        assert_ne!(of("Adds.", "Orders", "lib.rs", "mod a;"), original, "docs are part of the sources");
        assert_ne!(of("Counts.", "Stock", "lib.rs", "mod a;"), original);
        assert_ne!(of("Counts.", "Orders", "main.rs", "mod a;"), original);
        assert_ne!(of("Counts.", "Orders", "lib.rs", "mod b;"), original);
        let mut replacements = Replacements::default();
        let empty = fingerprint(&contract("Counts."), &traits("Orders"), &replacements, &Files::new());
        assert_ne!(empty, original);
        replacements.add("uuid", &"String".into()).expect("it is valid");
        let sources = files("lib.rs", "mod a;");
        assert_ne!(fingerprint(&contract("Counts."), &traits("Orders"), &replacements, &sources), original);
    }

    /// A generator that changes without its revision would leave stale crates unnoticed.
    #[test]
    fn generated_code_changes_only_with_the_revision_of_the_generator() {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let zoo = document::read(&tests.join("zoo/generated/src/contract.json")).expect("it is a contract");
        let (names, none) = (TraitNames::default(), Replacements::default());
        let sources = sources::rust(&zoo, &names, &none).expect("it can be generated").generated.files;
        let digest = fingerprint(&contract(""), &names, &none, &sources);
        let current = format!("revision {GENERATOR_REVISION}\n{digest}\n");
        let path = tests.join("generator-revision.txt");
        if env::var_os("LESSMQ_BLESS").is_some() {
            fs::write(&path, &current).expect("it is writable");
        }
        let recorded = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            recorded, current,
            "the code generated for the zoo changed: raise GENERATOR_REVISION if the generator changed, then run \
             `LESSMQ_BLESS=1 cargo test`"
        );
    }
}
