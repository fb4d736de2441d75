//! What git says of the workspace: whether it is clean, and which contract was committed before.

use std::path::Path;
use std::process::Command;

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

/// Whether the directory is in a git repository. Where there is no git there is none.
pub(crate) fn is_repository(root: &Path) -> Result<bool> {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["rev-parse", "--is-inside-work-tree"]);
    Ok(program::run(&mut command).is_ok_and(|said| said.success))
}

/// Whether what stands at `path` belongs into the repository, if there is one.
pub(crate) fn is_tracked(root: &Path, path: &Path) -> Result<bool> {
    if !is_repository(root)? {
        return Ok(false);
    }
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["check-ignore", "--quiet", "--no-index"]).arg(path.join("Cargo.toml"));
    Ok(!program::run(&mut command)?.success)
}

/// The contract that was last committed at `path` in a version below `version`.
pub(crate) fn before(root: &Path, path: &Path, version: &Version) -> Result<Option<Contract>> {
    if !is_repository(root)? {
        return Ok(None);
    }
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    // A repository without a commit has no history either.
    let Ok(said) = git(root, &["log", "-n", MOST_COMMITS, "--format=%H", "--", &name]) else {
        return Ok(None);
    };
    let commits = said.text();
    let at = |commit: &str| {
        let said = git(root, &["show", &format!("{commit}:./{name}")]).ok()?;
        // What cannot be read any more is no release.
        Contract::from_json(&said.stdout).ok()
    };
    Ok(commits.lines().filter_map(at).find(|contract| contract.version < *version))
}

fn git(root: &Path, arguments: &[&str]) -> Result<Said> {
    let mut command = Command::new("git");
    let said = program::run(command.arg("-C").arg(root).args(arguments))?;
    if said.success {
        return Ok(said);
    }
    Err(said
        .error(format!("`git {}` failed in {}", arguments[0], root.display()))
        .hint("is this a git repository?"))
}
