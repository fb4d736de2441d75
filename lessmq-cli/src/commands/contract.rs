//! `lessmq-cli contract`: the contracts that packages declare.

use std::path::Path;

use lessmq::contract::Contract;

use super::selection::Selection;
use crate::extract::Extraction;
use crate::report::{Reporter, Result, Text, Verdict};
use crate::{comparison, document};

/// Prints the contracts that a package declares.
///
/// The library of the package is compiled. The service itself does not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Write contracts/SERVICE/contract.json at the top of the workspace instead of printing
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<Text> {
    let extraction = arguments.selection.extract(reporter)?;
    for found in &extraction.contracts {
        warn_of_unreadable(&found.contract, reporter);
    }
    if arguments.write {
        write(&extraction, reporter)?;
        return Ok(Text::default());
    }
    Ok(Text(extraction.contracts.iter().map(|found| found.contract.to_json()).collect()))
}

fn write(extraction: &Extraction, reporter: &dyn Reporter) -> Result<()> {
    extraction.check_one_package_per_service()?;
    for found in &extraction.contracts {
        let path = extraction.committed_path(&found.contract.service);
        warn_if_breaking(&path, &found.contract, reporter);
        document::write(&path, &found.contract)?;
        reporter.note(&format!("wrote {}", extraction.relative(&path).display()));
    }
    Ok(())
}

/// Warns of types that cannot read what they write.
fn warn_of_unreadable(contract: &Contract, reporter: &dyn Reporter) {
    for found in comparison::unreadable(contract) {
        reporter.warning(&format!(
            "{}, in {} of `{}`; run `lessmq-cli explain {}` for details",
            found.message, found.subject, contract.service, found.rule
        ));
    }
}

/// Warns of an incompatible change: once the document is overwritten, `check` no longer finds it.
fn warn_if_breaking(path: &Path, contract: &Contract, reporter: &dyn Reporter) {
    let Ok(old) = document::read(path) else { return };
    let (comparison, step) = comparison::evolution(&old, contract);
    if comparison.verdict == Verdict::Incompatible && !step.version_suffices {
        reporter.warning(&format!(
            "this breaks consumers of `{}` {}: see `lessmq-cli check --against git:HEAD`; version {} or later would \
             announce it",
            contract.service, old.version, step.least_version
        ));
    }
}
