//! `lessmq-cli init`: the files that a workspace needs to have its contracts checked.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::baseline::top_of_repository;
use crate::error::{Error, Result};
use crate::extract::workspace_root;
use crate::settings;

/// Writes lessmq.toml, a GitHub workflow that checks pull requests, and a Renovate configuration.
///
/// A file that is there is left alone, and said so; --force overwrites it. The workflow and renovate.json go to the top
/// of the git repository, where their readers look for them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
    /// Write nothing, and print what would be written
    #[arg(long)]
    dry_run: bool,
}

/// What was done.
#[derive(Debug)]
pub(crate) struct Initialized {
    pub(crate) dry_run: bool,
    pub(crate) files: Vec<File>,
}

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    /// For people.
    pub(crate) name: String,
    pub(crate) content: String,
    pub(crate) state: FileState,
    path: PathBuf,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileState {
    /// It was not there.
    New,
    /// It was there, and was overwritten.
    Overwritten,
    /// It was there as it should be.
    Unchanged,
    /// It was there and differs, and was left alone.
    Kept,
}

const SETTINGS: &str = include_str!("../templates/lessmq.toml");
const WORKFLOW: &str = include_str!("../templates/contracts.yml");
const RENOVATE: &str = include_str!("../templates/renovate.json");

pub(crate) fn run(arguments: &Arguments) -> Result<Initialized> {
    let workspace = workspace_root(arguments.manifest_path.as_deref())?;
    let repository = top_of_repository(&workspace)?.unwrap_or_else(|| workspace.clone());
    let below = workspace.strip_prefix(&repository).unwrap_or(Path::new(""));
    let files = [
        (workspace.join(settings::FILE), SETTINGS.to_owned()),
        (repository.join(".github/workflows/contracts.yml"), workflow(below)),
        (repository.join("renovate.json"), RENOVATE.to_owned()),
    ];
    let mut planned = Vec::new();
    for (path, content) in files {
        let name = path.strip_prefix(&repository).unwrap_or(&path).display().to_string();
        let state = state(&path, &content, arguments.force)?;
        planned.push(File { name, content, state, path });
    }
    if !arguments.dry_run {
        let wanted = |file: &&File| matches!(file.state, FileState::New | FileState::Overwritten);
        planned.iter().filter(wanted).try_for_each(write)?;
    }
    Ok(Initialized { dry_run: arguments.dry_run, files: planned })
}

fn state(path: &Path, content: &str, force: bool) -> Result<FileState> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(FileState::New),
        Err(error) => Err(Error::new(format!("{}: cannot be read", path.display()))
            .because(error)
            .hint("is it a file that you may read?")),
        Ok(old) if old == content.as_bytes() => Ok(FileState::Unchanged),
        Ok(_) if force => Ok(FileState::Overwritten),
        Ok(_) => Ok(FileState::Kept),
    }
}

fn write(file: &File) -> Result<()> {
    let write = || {
        file.path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(&file.path, &file.content)
    };
    write().map_err(|error| {
        Error::new(format!("{}: cannot be written", file.path.display()))
            .because(error)
            .hint("you must be allowed to write there")
    })
}

/// The workflow, which runs in the workspace's directory.
fn workflow(below: &Path) -> String {
    let directory = below.display().to_string().replace('\\', "/");
    let setting = match directory.as_str() {
        "" => String::new(),
        // JSON's strings are YAML's too.
        directory => {
            let quoted = serde_json::Value::from(directory);
            format!("\n    defaults:\n      run:\n        working-directory: {quoted}")
        }
    };
    WORKFLOW.replace("{working_directory}", &setting)
}
