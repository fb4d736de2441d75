//! `lessmq-cli publish`: writes and releases contract crates.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::selection::Packages;
use crate::extract::{Extracted, Extraction, extract};
use crate::judgement::{Judge, MethodVersion, Retirements};
use crate::publish::contract_crate::ContractCrate;
use crate::publish::plan::{Action, Plan, PlannedRelease};
use crate::publish::targets::{CargoRegistry, GitRepository, NpmRegistry, Target};
use crate::publish::{code_changes, committed, doubts, opaque};
use crate::registry::CRATES_IO;
use crate::report::{CrateReport, Format, PublishReport, Reporter, Result, TargetReport, TargetState};
use crate::settings::Settings;
use crate::workspace::Workspace;

/// Writes the contract crate of each service to contracts/SERVICE, and releases it to the given targets.
///
/// A change of the contract needs a new version of the package that declares it: a major step for an incompatible change,
/// unless lessmq.toml or --allow-retired allows it, and a minor step for a compatible one. A version that is too low is rejected (exit code
/// 1), and so is a change that cannot be decided (exit code 2). Releases never change: releasing the same contract again
/// does nothing. Nothing is released unless a test of every release succeeds.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    packages: Packages,
    /// Only the contract of this service
    #[arg(long)]
    service: Option<String>,
    /// Release to a cargo registry by its name in cargo's settings; without a name to crates.io
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = CRATES_IO)]
    registry: Option<String>,
    /// Release to a git repository of contracts, with a tag such as user-contract-v1.2.0
    #[arg(long, value_name = "URL")]
    git: Option<String>,
    /// Release an npm package with types; without a URL to the registry in npm's settings
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    npm: Option<Option<String>>,
    /// The scope of npm packages: @SCOPE/user-contract
    #[arg(long, value_name = "SCOPE", requires = "npm")]
    npm_scope: Option<String>,
    /// Allow the removal of a method, such as user.get@1, although the version does not announce it. May be given several
    /// times. A method that was not removed is an error
    #[arg(long, value_name = "SERVICE.METHOD@VERSION", value_parser = MethodVersion::parse)]
    allow_retired: Vec<MethodVersion>,
    /// Report what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Release even if there are uncommitted changes
    #[arg(long)]
    allow_dirty: bool,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<PublishReport> {
    let request = arguments.packages.request();
    let workspace = Workspace::load(request.manifest.as_deref())?;
    let settings = Settings::load(&workspace.root)?;
    let retirements = Retirements::new(&arguments.allow_retired);
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let judge = Judge { settings: &settings, today, retirements: &retirements };
    let scratch = ScratchDirectory::new(&workspace);
    let targets = targets(arguments, &workspace, &scratch.0);
    let must_be_clean = !targets.is_empty() && !arguments.allow_dirty;
    if must_be_clean {
        committed::check_clean(&workspace.root)?;
    }
    let mut extraction = extract(&request, reporter)?;
    if let Some(service) = &arguments.service {
        extraction.keep(service)?;
    }
    extraction.check_one_package_per_service()?;
    let mut warnings = Vec::new();
    for found in &extraction.contracts {
        let mut found_here = opaque::warnings(&extraction, found, &settings.replacements)?;
        found_here.extend(doubts::warnings(found, &settings.replacements));
        warnings.push(found_here);
    }
    let unused_types = extraction.unused_types(&settings.replacements);
    let plans = plans(&workspace, extraction, &targets, judge)?;
    retirements.check_used()?;
    if must_be_clean {
        check_committed(&workspace, &plans)?;
    }
    let is_rejected = plans.iter().any(Plan::is_rejected);
    if !is_rejected {
        rehearse(&plans, reporter)?;
    }
    let mut crates: Vec<CrateReport> = if is_rejected || arguments.dry_run {
        plans.into_iter().map(|plan| planned_report(plan, &workspace, is_rejected)).collect()
    } else {
        release(plans, &workspace, reporter)?
    };
    for (report, warnings) in crates.iter_mut().zip(warnings) {
        report.warnings.splice(..0, warnings);
    }
    Ok(PublishReport { dry_run: arguments.dry_run, crates, unused_types })
}

/// A directory for the temporary files of this process. Dropping it removes the files.
struct ScratchDirectory(PathBuf);

impl ScratchDirectory {
    fn new(workspace: &Workspace) -> Self {
        Self(workspace.target.join("lessmq/publish").join(std::process::id().to_string()))
    }
}

impl Drop for ScratchDirectory {
    fn drop(&mut self) {
        // Files that remain are harmless.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn targets(arguments: &Arguments, workspace: &Workspace, scratch: &Path) -> Vec<Box<dyn Target>> {
    let scratch = || scratch.to_owned();
    let mut targets: Vec<Box<dyn Target>> = Vec::new();
    if let Some(name) = &arguments.registry {
        let (target, root) = (workspace.target.clone(), workspace.root.clone());
        targets.push(Box::new(CargoRegistry { name: name.clone(), scratch: scratch(), target, root }));
    }
    if let Some(url) = &arguments.git {
        targets.push(Box::new(GitRepository { url: url.clone(), scratch: scratch() }));
    }
    if let Some(url) = &arguments.npm {
        let (url, scope) = (url.clone(), arguments.npm_scope.clone());
        targets.push(Box::new(NpmRegistry { url, scope, scratch: scratch() }));
    }
    targets
}

fn plans<'t>(
    workspace: &Workspace,
    extraction: Extraction,
    targets: &'t [Box<dyn Target>],
    judge: Judge<'_>,
) -> Result<Vec<Plan<'t>>> {
    let date = jiff::Zoned::now().date().to_string();
    let plan = |found: Extracted| {
        let package = workspace.package(&found.package)?.clone();
        let contract_crate = ContractCrate::new(found, package, &judge.settings.replacements)?;
        Plan::new(&workspace.root, contract_crate, targets, &date, judge)
    };
    extraction.contracts.into_iter().map(plan).collect()
}

/// Fails if the committed crates differ from those to release.
fn check_committed(workspace: &Workspace, plans: &[Plan<'_>]) -> Result<()> {
    for plan in plans.iter().filter(|plan| !plan.is_rejected() && !plan.differences.is_empty()) {
        if committed::is_tracked(&workspace.root, &plan.directory)? {
            let files: Vec<String> =
                plan.differences.iter().map(|difference| difference.path.display().to_string()).collect();
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            return Err(committed::stale_error(workspace.relative(&plan.directory), &files));
        }
    }
    Ok(())
}

/// Tests every release.
fn rehearse(plans: &[Plan<'_>], reporter: &dyn Reporter) -> Result<()> {
    for plan in plans {
        let is_release = |planned: &&PlannedRelease<'_>| matches!(planned.action, Action::Release);
        for planned in plan.targets.iter().filter(is_release) {
            let (name, version) = (&plan.contract_crate.name, &plan.contract_crate.contract.version);
            let place = planned.target.place();
            reporter.note(&format!("testing the release of {name} {version} to {place}"));
            planned.target.rehearse(&plan.contract_crate, &planned.releases)?;
        }
    }
    Ok(())
}

/// The report on a plan that is not carried out.
fn planned_report(plan: Plan<'_>, workspace: &Workspace, is_rejected: bool) -> CrateReport {
    let state = |action| match action {
        Action::Release if is_rejected => TargetState::Skipped,
        Action::Release => TargetState::WouldBeReleased,
        Action::Nothing => TargetState::AlreadyReleased,
        Action::Reject(judgement) => TargetState::Rejected(judgement),
    };
    crate_report(plan, workspace, false, |planned, _| TargetReport {
        place: planned.target.place(),
        state: state(planned.action),
    })
}

/// Carries the plans out, one release after the other. After a failure, the other releases are skipped.
fn release(plans: Vec<Plan<'_>>, workspace: &Workspace, reporter: &dyn Reporter) -> Result<Vec<CrateReport>> {
    for plan in &plans {
        plan.write()?;
    }
    let mut has_failed = false;
    let carry_out = |plan: Plan<'_>| {
        crate_report(plan, workspace, true, |planned, contract_crate| {
            let place = planned.target.place();
            let state = match planned.action {
                Action::Nothing => TargetState::AlreadyReleased,
                _ if has_failed => TargetState::Skipped,
                _ => release_to(&planned, contract_crate),
            };
            if let TargetState::Failed { error } = &state {
                has_failed = true;
                reporter.error(error);
            }
            TargetReport { place, state }
        })
    };
    Ok(plans.into_iter().map(carry_out).collect())
}

fn release_to(planned: &PlannedRelease<'_>, contract_crate: &ContractCrate) -> TargetState {
    let Err(error) = planned.target.release(contract_crate, &planned.releases) else {
        return TargetState::Released;
    };
    // The release itself may have succeeded before the failure.
    match planned.target.contract(contract_crate, &contract_crate.contract.version) {
        Ok(contract) if contract == contract_crate.contract => TargetState::Released,
        _ => TargetState::Failed { error },
    }
}

fn crate_report<'t>(
    plan: Plan<'t>,
    workspace: &Workspace,
    written: bool,
    mut target_report: impl FnMut(PlannedRelease<'t>, &ContractCrate) -> TargetReport,
) -> CrateReport {
    let Plan { contract_crate, directory, differences, rejection, unannounced, targets, .. } = plan;
    let (contract, package) = (&contract_crate.contract, &contract_crate.package.name);
    let warnings = code_changes::warnings(&unannounced, contract, package);
    let targets = targets.into_iter().map(|planned| target_report(planned, &contract_crate)).collect();
    CrateReport {
        is_member: workspace.packages.iter().any(|package| package.directory() == directory),
        directory: workspace.relative(&directory).to_owned(),
        service: contract_crate.contract.service,
        package: contract_crate.package.name,
        name: contract_crate.name,
        version: contract_crate.contract.version,
        files: differences,
        written,
        rejection,
        targets,
        warnings,
    }
}
