//! `lessmq-cli diff`: compares two contract documents.

use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

use crate::report::{ContractFile, DiagnosticsFormat, DiffReport, Error, Result};
use crate::{changes, comparison, document};

/// Compares two contract documents: what changed, and whether consumers of the old one can use a provider of the new
/// one.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The old contract document; `-` is standard input
    old: PathBuf,
    /// The new contract document; `-` is standard input
    new: PathBuf,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DiagnosticsFormat,
}

pub(crate) fn run(arguments: &Arguments) -> Result<DiffReport> {
    let (old, new) = (document::read(&arguments.old)?, document::read(&arguments.new)?);
    if old.service != new.service {
        return Err(Error::new(format!(
            "cannot compare contracts of different services: `{}` and `{}`",
            old.service, new.service
        )));
    }
    let (forward, step) = comparison::evolution(&old, &new);
    Ok(DiffReport {
        step,
        backward: comparison::consumer(&new, &old),
        changes: changes::between(&old, &new),
        unreadable: comparison::unreadable(&new),
        old: file(&arguments.old, &old),
        new: file(&arguments.new, &new),
        service: old.service,
        forward,
    })
}

fn file(path: &Path, contract: &Contract) -> ContractFile {
    ContractFile {
        path: path.display().to_string(),
        version: contract.version.clone(),
        fingerprint: contract.fingerprint().to_string(),
    }
}
