//! `lessmq-cli init`: the files with which CI checks the contracts of a workspace.

mod workflow;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::replace::wrong_kind;
use crate::report::{Error, FileState, InitFile, InitReport, Result, SETTINGS_FILE};
use crate::repository::Repository;
use crate::workspace::Workspace;

/// Writes lessmq.toml, a GitHub workflow that checks pull requests, and renovate.json.
///
/// An existing file is kept and reported; --force overwrites it. The workflow and renovate.json are written at the top of
/// the git repository, where GitHub and Renovate look for them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
    /// Print what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

const SETTINGS: &str = include_str!("../../templates/lessmq.toml");
const RENOVATE: &str = include_str!("../../templates/renovate.json");

pub(crate) fn run(arguments: &Arguments) -> Result<InitReport> {
    let workspace = Workspace::load(arguments.manifest_path.as_deref())?.root;
    let repository = Repository::top_of(&workspace)?.unwrap_or_else(|| workspace.clone());
    let files = [
        (workspace.join(SETTINGS_FILE), SETTINGS.to_owned()),
        (repository.join(".github/workflows/contracts.yml"), workflow::workflow(&workspace, &repository)?),
        (repository.join("renovate.json"), RENOVATE.to_owned()),
    ];
    let mut planned = Vec::new();
    for (path, content) in files {
        let name = path.strip_prefix(&repository).unwrap_or(&path).display().to_string();
        let state = state(&path, &content, arguments.force)?;
        planned.push((path, InitFile { name, content, state }));
    }
    if !arguments.dry_run {
        let is_wanted = |file: &InitFile| matches!(file.state, FileState::New | FileState::Overwritten);
        for (path, file) in planned.iter().filter(|(_, file)| is_wanted(file)) {
            write(path, &file.content)?;
        }
    }
    let files = planned.into_iter().map(|(_, file)| file).collect();
    Ok(InitReport { dry_run: arguments.dry_run, has_contracts: has_contracts(&workspace)?, files })
}

/// Whether contracts are committed. Without a git repository, whether there are contracts.
fn has_contracts(workspace: &Path) -> Result<bool> {
    let contracts = workspace.join("contracts");
    match Repository::find(workspace)? {
        Some(repository) => {
            let tracked = repository.query(&["ls-files", "--", "contracts/*/contract.json"])?;
            Ok(tracked.is_some_and(|tracked| !tracked.trim().is_empty()))
        }
        None => Ok(fs::read_dir(contracts).is_ok_and(|mut found| {
            found.any(|entry| entry.is_ok_and(|entry| entry.path().join("contract.json").is_file()))
        })),
    }
}

fn state(path: &Path, content: &str, force: bool) -> Result<FileState> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(FileState::New),
        Err(error) => {
            let failed = Error::new(format!("cannot read `{}`", path.display()));
            Err(match wrong_kind(path) {
                Some(reason) => failed.because(reason).hint("move it away, and run this again"),
                None => failed.because(error).hint("check the permissions of the file"),
            })
        }
        Ok(old) if old == content.as_bytes() => Ok(FileState::Unchanged),
        Ok(_) if force => Ok(FileState::Overwritten),
        Ok(_) => Ok(FileState::Kept),
    }
}

fn write(path: &Path, content: &str) -> Result<()> {
    let directory = path.parent().map_or(Ok(()), fs::create_dir_all);
    directory.and_then(|()| fs::write(path, content)).map_err(|error| {
        Error::new(format!("cannot write `{}`", path.display()))
            .because(error)
            .hint("check the permissions of the directory")
    })
}
