//! The git repository that contains a workspace.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::program::{self, Finished};
use crate::report::Result;

/// The repository that contains a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    /// The top of the workspace, which may be below the top of the repository.
    workspace_root: PathBuf,
}

impl Repository {
    /// The repository that contains `root`, or `None`.
    ///
    /// # Errors
    /// If git cannot read the repository.
    pub(crate) fn find(root: &Path) -> Result<Option<Self>> {
        if !has_git_above(root) {
            return Ok(None);
        }
        let repository = Self { workspace_root: root.to_owned() };
        let finished = repository.run(&["rev-parse", "--is-inside-work-tree"])?;
        if finished.success {
            return Ok(Some(repository));
        }
        let message = format!("git cannot read the repository of `{}`", root.display());
        Err(finished.error(message).hint("fix the error that git reports, and run this again"))
    }

    /// The directory at the top of the repository that contains `root`; `None` without a repository.
    pub(crate) fn top_of(root: &Path) -> Result<Option<PathBuf>> {
        let Some(repository) = Self::find(root)? else { return Ok(None) };
        let top = repository.query(&["rev-parse", "--show-toplevel"])?;
        Ok(top.map(|top| PathBuf::from(top.trim())).filter(|top| top.is_dir()))
    }

    /// The path from the top of the repository to `root`, as `inner/`; empty at the top or without a repository.
    pub(crate) fn prefix_of(root: &Path) -> String {
        let Ok(Some(top)) = Self::top_of(root) else { return String::new() };
        let below = root.strip_prefix(&top).unwrap_or(Path::new("")).display().to_string().replace('\\', "/");
        if below.is_empty() { below } else { below + "/" }
    }

    /// The top of the workspace, where git runs.
    pub(crate) fn workspace_root(&self) -> &Path {
        &self.workspace_root
    }

    /// Runs git. A failure of git is part of the result.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Finished> {
        program::run(program::git(&self.workspace_root).args(arguments))
    }

    /// The output of git, or `None` if git fails.
    pub(crate) fn query(&self, arguments: &[&str]) -> Result<Option<String>> {
        let finished = self.run(arguments)?;
        Ok(finished.success.then(|| finished.text()))
    }

    /// Runs git. A failure of git is an error.
    pub(crate) fn run_checked(&self, arguments: &[&str]) -> Result<Finished> {
        let finished = self.run(arguments)?;
        if finished.success {
            return Ok(finished);
        }
        Err(finished
            .error(format!("`git {}` failed in `{}`", arguments[0], self.workspace_root.display()))
            .hint("fix the error that git reports, and run this again"))
    }
}

/// Whether there is a `.git` in the directory or above it, as far up as git looks.
fn has_git_above(root: &Path) -> bool {
    let ceilings = env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
    let ceilings: Vec<PathBuf> = env::split_paths(&ceilings).collect();
    let is_below_ceiling = |at: &&Path| *at == root || !ceilings.iter().any(|ceiling| ceiling == at);
    let has_git = |at: &Path| match fs::symlink_metadata(at.join(".git")) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::NotFound,
    };
    root.ancestors().take_while(is_below_ceiling).any(has_git)
}
