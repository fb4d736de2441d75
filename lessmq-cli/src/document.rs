//! Contract documents in files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use lessmq::contract::{Contract, MAX_DOCUMENT_BYTES};

use crate::error::{Error, Result};

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// Reads a contract document; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Contract> {
    if path.as_os_str() == STANDARD_INPUT {
        return parse("standard input", io::stdin().lock());
    }
    let name = path.display().to_string();
    let unreadable = |error: io::Error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "is the path right? `lessmq-cli contract` writes a contract document",
            _ => "the file must be readable by you",
        };
        Error::new(format!("{name}: cannot read the contract")).because(error).hint(hint)
    };
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Err(Error::new(format!("{name}: this is a directory"))
            .hint("give the contract document in it, such as contract.json"));
    }
    parse(&name, File::open(path).map_err(unreadable)?)
}

/// Reads a contract document from elsewhere, which errors call `name`.
pub(crate) fn parse(name: &str, source: impl Read) -> Result<Contract> {
    let mut document = Vec::new();
    let limit = u64::try_from(MAX_DOCUMENT_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    source
        .take(limit)
        .read_to_end(&mut document)
        .map_err(|error| Error::new(format!("{name}: cannot read the contract")).because(error))?;
    Contract::from_json(&document).map_err(|error| Error::from(error).at(name))
}

/// Writes a contract document, and the directories above it.
pub(crate) fn write(path: &Path, contract: &Contract) -> Result<()> {
    let failed = |error: io::Error| {
        Error::new(format!("{}: cannot write the contract", path.display()))
            .because(error)
            .hint("you must be allowed to write there")
    };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    fs::write(path, contract.to_json()).map_err(failed)
}
