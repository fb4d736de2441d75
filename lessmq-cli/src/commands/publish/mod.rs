//! `lessmq-cli publish`: contract crates, written and released.

mod model;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) use self::model::{Crate, Outcome, Published, State};
use super::Packages;
use crate::error::Result;
use crate::extract::workspace::Workspace;
use crate::extract::{Extraction, extract};
use crate::judgement::Judge;
use crate::output::{Format, Talk};
use crate::publish::committed;
use crate::publish::files::Difference;
use crate::publish::layout::ContractCrate;
use crate::publish::plan::{Plan, Planned, Task};
use crate::publish::targets::{CargoRegistry, GitRepository, NpmRegistry, Target};
use crate::registry::CRATES_IO;
use crate::settings::Settings;

/// Writes the contract crate of each service to contracts/SERVICE, and releases it where you say.
///
/// A change of the contract must show in the version of the package that declares it: incompatible is a major step,
/// compatible a minor one, unless lessmq.toml allows the break. What does not is refused (exit code 1), and so is a
/// version below the last one, and what cannot be decided (exit code 2), whatever the version. What was released stays
/// as it is: releasing the same again does nothing. Everything is tried first, and only if all of it may succeed is anything released.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    packages: Packages,
    /// Only the contract of this service
    #[arg(long)]
    service: Option<String>,
    /// Release to a cargo registry, called so in cargo's settings; without a name to crates.io
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = CRATES_IO)]
    registry: Option<String>,
    /// Release to a git repository of contracts, with a tag such as user-contract-v1.2.0
    #[arg(long, value_name = "URL")]
    git: Option<String>,
    /// Release an npm package with types; without a URL to the registry of npm's settings
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    npm: Option<Option<String>>,
    /// The scope of npm packages: @SCOPE/user-contract
    #[arg(long, value_name = "SCOPE", requires = "npm")]
    npm_scope: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Release although there are changes that are not committed
    #[arg(long)]
    allow_dirty: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

pub(crate) fn run(arguments: &Arguments, talk: &Talk) -> Result<Published> {
    let request = arguments.packages.request();
    let workspace = Workspace::load(request.manifest.as_deref())?;
    let settings = Settings::load(&workspace.root)?;
    let judge = Judge { settings: &settings, today: Timestamp::now().to_zoned(TimeZone::UTC).date() };
    let scratch = Scratch::new(&workspace);
    let targets = targets(arguments, &workspace, &scratch.0);
    let must_be_clean = !targets.is_empty() && !arguments.allow_dirty;
    if must_be_clean {
        committed::must_be_clean(&workspace.root)?;
    }
    let mut extraction = extract(&request, talk)?;
    if let Some(service) = &arguments.service {
        extraction.keep(service)?;
    }
    extraction.must_have_one_package_a_service()?;
    let plans = plans(&workspace, extraction, &targets, judge)?;
    if must_be_clean {
        what_is_committed_is_released(&workspace, &plans)?;
    }
    let is_refused = plans.iter().any(Plan::is_refused);
    if !is_refused {
        rehearse(&plans, talk)?;
    }
    let crates = if is_refused || arguments.dry_run {
        plans.into_iter().map(|plan| undone(plan, &workspace, is_refused)).collect()
    } else {
        release(plans, &workspace, talk)?
    };
    Ok(Published { dry_run: arguments.dry_run, crates })
}

/// A directory of this process, which goes with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(workspace: &Workspace) -> Self {
        Self(workspace.target.join("lessmq/publish").join(std::process::id().to_string()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is in nobody's way.
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
    let plan = |found: crate::extract::Extracted| {
        let package = workspace.package(&found.package)?.clone();
        Plan::new(&workspace.root, ContractCrate::new(found, package)?, targets, &date, judge)
    };
    extraction.contracts.into_iter().map(plan).collect()
}

/// What is released must stand in the repository, where there is one.
fn what_is_committed_is_released(workspace: &Workspace, plans: &[Plan<'_>]) -> Result<()> {
    let mut names = Vec::new();
    for plan in plans.iter().filter(|plan| !plan.is_refused()) {
        if committed::is_tracked(&workspace.root, &plan.directory)? {
            let path = |difference: &Difference| plan.directory.join(&difference.path);
            names.extend(
                plan.differences
                    .iter()
                    .map(|difference| workspace.relative(&path(difference)).display().to_string()),
            );
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if names.is_empty() { Ok(()) } else { Err(committed::dirty(&names)) }
}

/// Tries every release.
fn rehearse(plans: &[Plan<'_>], talk: &Talk) -> Result<()> {
    for (plan, planned) in all(plans) {
        let (name, version, place) = (&plan.of.name, &plan.of.contract.version, planned.target.place());
        talk.note(&format!("trying whether {name} {version} can be released to {place}"));
        planned.target.rehearse(&plan.of, &planned.releases)?;
    }
    Ok(())
}

fn all<'p, 't>(plans: &'p [Plan<'t>]) -> impl Iterator<Item = (&'p Plan<'t>, &'p Planned<'t>)> {
    let releases = |planned: &&Planned<'_>| matches!(planned.task, Task::Release);
    plans
        .iter()
        .flat_map(move |plan| plan.targets.iter().filter(releases).map(move |planned| (plan, planned)))
}

/// The report on a plan that is not carried out.
fn undone(plan: Plan<'_>, workspace: &Workspace, is_refused: bool) -> Crate {
    let state = |task| match task {
        Task::Release if is_refused => State::NotTried,
        Task::Release => State::WouldBeReleased,
        Task::Nothing => State::AlreadyReleased,
        Task::Refused(refusal) => State::Refused(refusal),
    };
    report(plan, workspace, false, |planned, _| Outcome {
        place: planned.target.place(),
        state: state(planned.task),
    })
}

/// Carries the plans out, one release after the other; the first that fails is the last that is tried.
fn release(plans: Vec<Plan<'_>>, workspace: &Workspace, talk: &Talk) -> Result<Vec<Crate>> {
    for plan in &plans {
        plan.write()?;
    }
    let mut has_failed = false;
    let one = |plan: Plan<'_>| {
        report(plan, workspace, true, |planned, of| {
            let place = planned.target.place();
            let state = match planned.task {
                Task::Nothing => State::AlreadyReleased,
                _ if has_failed => State::NotTried,
                _ => release_one(&planned, of),
            };
            if let State::Failed { error } = &state {
                has_failed = true;
                talk.error(error);
            }
            Outcome { place, state }
        })
    };
    Ok(plans.into_iter().map(one).collect())
}

fn release_one(planned: &Planned<'_>, of: &ContractCrate) -> State {
    let Err(error) = planned.target.release(of, &planned.releases) else { return State::Released };
    // Something may have gone wrong after the release itself.
    match planned.target.contract(of, &of.contract.version) {
        Ok(contract) if contract == of.contract => State::Released,
        _ => State::Failed { error },
    }
}

fn report<'t>(
    plan: Plan<'t>,
    workspace: &Workspace,
    written: bool,
    mut outcome: impl FnMut(Planned<'t>, &ContractCrate) -> Outcome,
) -> Crate {
    let Plan { of, directory, differences, refusal, targets, .. } = plan;
    let targets = targets.into_iter().map(|planned| outcome(planned, &of)).collect();
    Crate {
        is_member: is_member(workspace, &directory),
        directory: workspace.relative(&directory).to_owned(),
        service: of.contract.service,
        package: of.package.name,
        name: of.name,
        version: of.contract.version,
        files: differences,
        written,
        refusal,
        targets,
    }
}

fn is_member(workspace: &Workspace, directory: &Path) -> bool {
    let known = |package: &crate::extract::workspace::Package| package.directory() == directory;
    workspace.packages.iter().any(known)
}
