//! `lessmq-cli check`: the code against the contracts that consumers may have been built on.

mod checker;
mod model;
mod problems;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::checker::Checker;
pub(crate) use self::model::{Checked, Compared, Document, Problem, Service};
use super::Selection;
use crate::baseline::{BusAccess, Source};
use crate::error::{Error, Result};
use crate::extract::Extraction;
use crate::judgement::Judge;
use crate::output::{FindingsFormat, Talk};
use crate::settings::Settings;

/// Checks the code against the contracts that consumers were built on.
///
/// An incompatible change is a finding (exit code 1), unless the package's version says so (2.0.0 after 1.x, 0.3.0 after
/// 0.2.x) or lessmq.toml allows it. So is a version that goes back. After a release, which is what a registry or a tag
/// has, a compatible change needs a version of its own too (1.3.0 after 1.2.x); after what was only committed it may
/// wait for its release. A service without a baseline cannot be judged (exit code 2), unless git or a registry is
/// asked, and the service is new there.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// What to check against: a contract document; a directory with SERVICE/contract.json; git:REF (of a branch, where
    /// HEAD left it; a tag is a release); registry or registry:NAME (contract crates that were released); bus or amqp://… (live providers).
    /// Without it: `against` in lessmq.toml, or contracts/ at the top of the workspace
    #[arg(long, value_name = "BASELINE")]
    against: Option<String>,
    /// Check against every version before this one that git or the registry has, not only the newest
    #[arg(long)]
    transitive: bool,
    /// A committed contract that differs from the code is a finding too
    #[arg(long)]
    deny_stale: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: FindingsFormat,
    #[command(flatten, next_help_heading = "Against a live bus")]
    bus: BusAccess,
}

pub(crate) fn run(arguments: &Arguments, talk: &Talk) -> Result<Checked> {
    run_on(arguments, Timestamp::now().to_zoned(TimeZone::UTC).date(), talk)
}

fn run_on(arguments: &Arguments, today: Date, talk: &Talk) -> Result<Checked> {
    let named = arguments.against.as_deref().map(Source::parse).transpose()?;
    named.as_ref().map(Source::check).transpose()?;
    let mut extraction = arguments.selection.extract(talk)?;
    let settings = Settings::load(&extraction.root)?;
    let source = match (named, &settings.check.against) {
        (Some(source), _) => source,
        (None, Some(against)) => Source::parse(against)?.below(&extraction.root),
        (None, None) => Source::Committed,
    };
    source.check()?;
    if arguments.transitive && !source.has_releases() {
        return Err(Error::new("--transitive: there is only one contract of a service to check against")
            .hint("older ones are with --against git:REF or --against registry"));
    }
    let is_transitive = (arguments.transitive || settings.check.transitive) && source.has_releases();
    let baselines = source.open(&extraction.root, is_transitive, &arguments.bus, &services(&extraction))?;
    if let Some((path, service)) = baselines.only_service() {
        extraction.keep(service).map_err(|error| Error {
            message: format!(
                "{}: this is the contract of `{service}`, which is not declared here",
                path.display()
            ),
            ..error
        })?;
    }
    // Each of the two would lack what the other one has.
    extraction.must_have_one_package_a_service()?;
    let deny_stale = arguments.deny_stale || settings.check.deny_stale;
    let judge = Judge { settings: &settings, today };
    let checker = Checker { extraction: &extraction, baselines: &baselines, judge, deny_stale };
    let mut checked = checker.all(talk)?;
    if extraction.is_whole {
        checked.unused_allowances = checker.unused(&checked.services);
    }
    Ok(checked)
}

fn services(extraction: &Extraction) -> Vec<String> {
    extraction.contracts.iter().map(|found| found.contract.service.clone()).collect()
}
