//! `lessmq-cli contract`: the contracts that packages declare.

use std::path::Path;

use lessmq::contract::Contract;

use super::Selection;
use crate::comparison::{self, Verdict};
use crate::document;
use crate::error::Result;
use crate::extract::{Extracted, Extraction};
use crate::output::Talk;

/// Prints the contracts that a package declares, without starting it: its library is compiled, and nothing of it run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Write contracts/SERVICE/contract.json at the top of the workspace instead of printing
    #[arg(long)]
    write: bool,
}

/// Contract documents.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) contracts: Vec<Contract>,
}

pub(crate) fn run(arguments: &Arguments, talk: &Talk) -> Result<Documents> {
    let extraction = arguments.selection.extract(talk)?;
    if arguments.write {
        write(&extraction, talk)?;
        return Ok(Documents { contracts: Vec::new() });
    }
    Ok(Documents { contracts: extraction.contracts.into_iter().map(|found| found.contract).collect() })
}

/// What is overwritten is no baseline any more, so a break of it would not be told later.
fn warn_of_a_break(path: &Path, found: &Extracted, talk: &Talk) {
    let (contract, Ok(old)) = (&found.contract, document::read(path)) else { return };
    let (comparison, step) = comparison::evolution(&old, contract);
    if comparison.verdict == Verdict::Incompatible && !step.version_suffices {
        talk.warning(&format!(
            "this breaks consumers of `{}` {}: `lessmq-cli check --against git:HEAD` tells how; {} or later says so",
            contract.service, old.version, step.least_version
        ));
    }
}

fn write(extraction: &Extraction, talk: &Talk) -> Result<()> {
    extraction.must_have_one_package_a_service()?;
    for found in &extraction.contracts {
        let path = extraction.baseline(&found.contract.service);
        warn_of_a_break(&path, found, talk);
        document::write(&path, &found.contract)?;
        talk.note(&format!("wrote {}", extraction.relative(&path).display()));
    }
    Ok(())
}
