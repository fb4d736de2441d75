//! Contract documents in files.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use lessmq::contract::{Contract, MAX_DOCUMENT_BYTES};

use crate::input::{self, Kind};
use crate::replace::wrong_kind;
use crate::report::{Error, Result};

const DOCUMENT: Kind = Kind {
    name: "contract",
    directory_hint: "give the contract document in it, such as contract.json",
    missing_hint: "check the path; `lessmq-cli contract` writes a contract document",
};

/// Reads a contract document; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Contract> {
    parse(&input::display_name(path), input::open(path, DOCUMENT)?)
}

/// Reads a contract document from a source that errors call `name`.
pub(crate) fn parse(name: &str, source: impl Read) -> Result<Contract> {
    let document = input::read(name, source, MAX_DOCUMENT_BYTES, DOCUMENT)?;
    let contract = Contract::from_json(&document).and_then(|contract| {
        contract.check_schemas()?;
        Ok(contract)
    });
    contract.map_err(|error| Error::from(error).at(name))
}

/// Reads an old document, which can no longer be corrected. Invalid schemas are accepted: a comparison with them is
/// undecided.
pub(crate) fn parse_past(name: &str, source: impl Read) -> Result<Contract> {
    let document = input::read(name, source, MAX_DOCUMENT_BYTES, DOCUMENT)?;
    Contract::from_json(&document).map_err(|error| Error::from(error).at(name))
}

/// Writes a contract document and creates the directories above it.
pub(crate) fn write(path: &Path, contract: &Contract) -> Result<()> {
    let failed = |error: io::Error| {
        let failed = Error::new(format!("cannot write the contract `{}`", path.display()));
        match wrong_kind(path) {
            Some(reason) => failed.because(reason).hint("move it away, and run this again"),
            None => failed.because(error).hint("check the permissions of the directory"),
        }
    };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    fs::write(path, contract.to_json()).map_err(failed)
}
