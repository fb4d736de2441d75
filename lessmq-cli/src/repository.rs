//! The git repository around a directory.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::error::Result;
use crate::program::{self, Said};

/// The repository that a workspace is in.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    /// The top of the workspace, which need not be the top of the repository.
    root: PathBuf,
}

impl Repository {
    /// The repository around `root`; `None` where there is none. One that git cannot or will not read is an error: it
    /// may say anything.
    pub(crate) fn around(root: &Path) -> Result<Option<Self>> {
        if !is_below_git(root) {
            return Ok(None);
        }
        let repository = Self { root: root.to_owned() };
        let said = repository.run(&["rev-parse", "--is-inside-work-tree"])?;
        if said.success {
            return Ok(Some(repository));
        }
        let message = format!("{}: git cannot read the repository around it", root.display());
        Err(said.error(message).hint("mend what git reports: until then nobody can say what is committed"))
    }

    /// Where commands run: the top of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The directory at its top.
    pub(crate) fn top(&self) -> Result<Option<PathBuf>> {
        let top = self.ask(&["rev-parse", "--show-toplevel"])?;
        Ok(top.map(|top| PathBuf::from(top.trim())).filter(|top| top.is_dir()))
    }

    /// What git does, be it a failure.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Said> {
        program::run(program::git(&self.root).args(arguments))
    }

    /// What git answers, or `None` where it answers no.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<Option<String>> {
        let said = self.run(arguments)?;
        Ok(said.success.then(|| said.text()))
    }

    /// What git does, where a failure is an error.
    pub(crate) fn must(&self, arguments: &[&str]) -> Result<Said> {
        let said = self.run(arguments)?;
        if said.success {
            return Ok(said);
        }
        Err(said
            .error(format!("`git {}` failed in {}", arguments[0], self.root.display()))
            .hint("mend what git reports, and run this again"))
    }
}

/// Whether there is a `.git` in the directory or above, as far up as git would look.
fn is_below_git(root: &Path) -> bool {
    let ceilings = env::var_os("GIT_CEILING_DIRECTORIES").unwrap_or_default();
    let ceilings: Vec<PathBuf> = env::split_paths(&ceilings).collect();
    let is_below_ceiling = |at: &&Path| *at == root || !ceilings.iter().any(|ceiling| ceiling == at);
    let has_git = |at: &Path| match fs::symlink_metadata(at.join(".git")) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::NotFound,
    };
    root.ancestors().take_while(is_below_ceiling).any(has_git)
}
