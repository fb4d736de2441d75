//! What git says of the workspace: whether it is clean, and which contract was committed before.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};

use lessmq::contract::Contract;
use semver::Version;

use crate::error::{Error, Result};
use crate::program::{self, Said};

/// How far back the contract's history is read.
const MOST_COMMITS: &str = "200";
/// As many changed files are named.
const MOST_NAMED: usize = 5;

/// Refuses a workspace with changes that are not committed. One without git has nothing to say.
pub(crate) fn must_be_clean(root: &Path) -> Result<()> {
    if !is_repository(root)? {
        return Ok(());
    }
    let said = git(root, &["status", "--porcelain", "--untracked-files=all", "--", "."])?;
    let text = said.text();
    let changed: Vec<&str> = text.lines().filter_map(|line| line.get(3..)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(dirty(&changed))
}

/// The error of files that differ from what is committed.
pub(crate) fn dirty(files: &[&str]) -> Error {
    let mut names = files[..files.len().min(MOST_NAMED)].join(", ");
    if files.len() > MOST_NAMED {
        names += &format!(" and {} more", files.len() - MOST_NAMED);
    }
    Error::new("what is here differs from what is committed, so nobody could say what was released")
        .because(names)
        .hint("run `lessmq-cli publish` without a target, commit, and publish then; or give --allow-dirty")
}

/// Whether the directory is in a git repository. One that git cannot read is none that is clean either.
pub(crate) fn is_repository(root: &Path) -> Result<bool> {
    if !is_below_git(root) {
        return Ok(false);
    }
    let said = program::run(program::git(root).args(["rev-parse", "--is-inside-work-tree"]))?;
    if said.success {
        return Ok(true);
    }
    let message = format!("{}: git cannot read the repository around it", root.display());
    Err(said.error(message).hint("mend what git reports: until then nobody can say what is committed"))
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

/// Whether what stands at `path` belongs into the repository, if there is one.
pub(crate) fn is_tracked(root: &Path, path: &Path) -> Result<bool> {
    if !is_repository(root)? {
        return Ok(false);
    }
    let mut command = program::git(root);
    command.args(["check-ignore", "--quiet", "--no-index"]).arg(path.join("Cargo.toml"));
    Ok(!program::run(&mut command)?.success)
}

/// The contract that was last committed at `path` in a version below `version`.
pub(crate) fn before(root: &Path, path: &Path, version: &Version) -> Result<Option<Contract>> {
    if !is_repository(root)? {
        return Ok(None);
    }
    // A repository without a commit has no history either.
    if !program::run(program::git(root).args(["rev-parse", "--verify", "--quiet", "HEAD"]))?.success {
        return Ok(None);
    }
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let commits = git(root, &["log", "-n", MOST_COMMITS, "--format=%H", "--", &name])?.text();
    let at = |commit: &str| {
        let said = git(root, &["show", &format!("{commit}:./{name}")]).ok()?;
        // What cannot be read any more is no release.
        Contract::from_json(&said.stdout).ok()
    };
    Ok(commits.lines().filter_map(at).find(|contract| contract.version < *version))
}

fn git(root: &Path, arguments: &[&str]) -> Result<Said> {
    let said = program::run(program::git(root).args(arguments))?;
    if said.success {
        return Ok(said);
    }
    Err(said
        .error(format!("`git {}` failed in {}", arguments[0], root.display()))
        .hint("mend what git reports, and run this again"))
}
