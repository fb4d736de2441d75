//! `lessmq-cli check`: the code against the contracts that consumers may have been built against.

mod checker;
mod diagnostics;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::checker::Checker;
use super::selection::Selection;
use crate::baseline::{LiveQuery, Source};
use crate::extract::Extraction;
use crate::judgement::{Judge, MethodVersion, Retirements};
use crate::live::BusAccess;
use crate::report::{CheckReport, DiagnosticsFormat, Error, Reporter, Result};
use crate::settings::Settings;

/// Checks the code against the contracts that consumers were built against.
///
/// An incompatible change is a finding (exit code 1), unless the version of the package announces it (2.0.0 after 1.x,
/// 0.3.0 after 0.2.x) or lessmq.toml allows it. A version that is lower than the one before it is a finding too. After a
/// release (in a registry, or a tag) a compatible change needs a new version (1.3.0 after 1.2.x). After a commit it may
/// keep its version until the release. A service whose contract was never committed is a note. It is an error (exit code
/// 2) if it was named with -p or --service, and with --require-baseline.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// The baseline: a contract document; a directory with SERVICE/contract.json; git:REF (a branch means its merge base
    /// with HEAD, a tag means a release); registry or registry:NAME (released contract crates); bus or amqp://… (live
    /// providers). Without it: `against` in lessmq.toml, or contracts/ at the top of the workspace
    #[arg(long, value_name = "BASELINE")]
    against: Option<String>,
    /// Check against all earlier versions in git or the registry, not only the newest
    #[arg(long)]
    transitive: bool,
    /// Report a committed contract that is not up to date with the code as a finding
    #[arg(long)]
    deny_stale: bool,
    /// Report a service without a contract to check against as an error
    #[arg(long)]
    require_baseline: bool,
    /// Allow the removal of a method, such as user.get@1, although the version does not announce it. May be given several
    /// times. A method that was not removed is an error
    #[arg(long, value_name = "SERVICE.METHOD@VERSION", value_parser = MethodVersion::parse)]
    allow_retired: Vec<MethodVersion>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DiagnosticsFormat,
    #[command(flatten, next_help_heading = "Against a live bus")]
    bus: BusAccess,
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<CheckReport> {
    let named = arguments.against.as_deref().map(Source::parse).transpose()?;
    named.as_ref().map(Source::check_exists).transpose()?;
    let mut extraction = arguments.selection.extract(reporter)?;
    let settings = Settings::load(&extraction.root)?;
    let source = match (named, &settings.check.against) {
        (Some(source), _) => source,
        (None, Some(against)) => Source::parse(against)?.relative_to(&extraction.root),
        (None, None) => Source::Committed,
    };
    source.check_exists()?;
    if arguments.transitive && !source.has_history() {
        return Err(Error::new("--transitive needs a baseline with earlier versions")
            .hint("give --against git:REF or --against registry"));
    }
    let is_transitive = (arguments.transitive || settings.check.transitive) && source.has_history();
    let live = LiveQuery { access: &arguments.bus, services: &services(&extraction), reporter };
    let baselines = source.open(&extraction.root, is_transitive, &live)?;
    if let Some((path, service)) = baselines.only_service() {
        extraction.keep(service).map_err(|error| Error {
            message: format!(
                "`{}` is the contract of service `{service}`, which no package declares",
                path.display()
            ),
            ..error
        })?;
    }
    // Each of two packages would lack the methods of the other.
    extraction.check_one_package_per_service()?;
    let is_named = arguments.selection.is_explicit() || baselines.only_service().is_some();
    let retirements = Retirements::new(&arguments.allow_retired);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let checker = Checker {
        extraction: &extraction,
        baselines: &baselines,
        judge: Judge { settings: &settings, today, retirements: &retirements },
        deny_stale: arguments.deny_stale || settings.check.deny_stale,
        require_baseline: is_named || arguments.require_baseline || settings.check.require_baseline,
    };
    let report = checker.check_all(reporter)?;
    retirements.check_used()?;
    Ok(report)
}

fn services(extraction: &Extraction) -> Vec<String> {
    extraction.contracts.iter().map(|found| found.contract.service.clone()).collect()
}
