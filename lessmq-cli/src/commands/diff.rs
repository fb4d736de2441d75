//! `lessmq-cli diff`: two contract documents.

use std::path::PathBuf;

use semver::Version;
use serde::Serialize;

use crate::changes::{self, MethodChange};
use crate::comparison::{self, Comparison, Step};
use crate::document;
use crate::error::{Error, Result};
use crate::output::FindingsFormat;

/// Compares two contract documents: what changed, and whether those who were built against the old one get on with
/// the new one.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The old contract document; `-` is standard input
    old: PathBuf,
    /// The new contract document; `-` is standard input
    new: PathBuf,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: FindingsFormat,
}

/// How two contracts of one service differ.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) service: String,
    pub(crate) old: Side,
    pub(crate) new: Side,
    /// Consumers of the old contract with a provider of the new one.
    pub(crate) forward: Comparison,
    /// Consumers of the new contract with a provider of the old one: decides who is deployed first.
    pub(crate) backward: Comparison,
    #[serde(flatten)]
    pub(crate) step: Step,
    pub(crate) changes: Vec<MethodChange>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Side {
    pub(crate) path: String,
    pub(crate) version: Version,
    pub(crate) fingerprint: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Difference> {
    let (old, new) = (document::read(&arguments.old)?, document::read(&arguments.new)?);
    if old.service != new.service {
        return Err(Error::new(format!(
            "these are contracts of two services, `{}` and `{}`",
            old.service, new.service
        ))
        .hint("compare two contracts of one service"));
    }
    let (forward, step) = comparison::evolution(&old, &new);
    Ok(Difference {
        step,
        backward: comparison::consumer(&new, &old),
        changes: changes::between(&old, &new),
        old: side(&arguments.old, &old),
        new: side(&arguments.new, &new),
        service: old.service,
        forward,
    })
}

fn side(path: &std::path::Path, contract: &lessmq::contract::Contract) -> Side {
    Side {
        path: path.display().to_string(),
        version: contract.version.clone(),
        fingerprint: contract.fingerprint().to_string(),
    }
}
