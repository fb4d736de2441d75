//! What git says of the workspace: whether it is clean, and which contract was committed before.

use std::path::Path;

use lessmq::contract::Contract;
use semver::Version;

use crate::error::{Error, Result};
use crate::repository::Repository;

/// How far back the contract's history is read.
const MOST_COMMITS: &str = "200";
/// As many changed files are named.
const MOST_NAMED: usize = 5;

/// Refuses a workspace with changes that are not committed. One without git has nothing to say.
pub(crate) fn must_be_clean(root: &Path) -> Result<()> {
    let Some(repository) = Repository::around(root)? else { return Ok(()) };
    let text = repository.must(&["status", "--porcelain", "--untracked-files=all", "--", "."])?.text();
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

/// Whether what stands at `path` belongs into the repository, if there is one.
pub(crate) fn is_tracked(root: &Path, path: &Path) -> Result<bool> {
    let Some(repository) = Repository::around(root)? else { return Ok(false) };
    let manifest = path.join("Cargo.toml").display().to_string();
    Ok(repository.ask(&["check-ignore", "--quiet", "--no-index", &manifest])?.is_none())
}

/// The contract that was last committed at `path` in a version below `version`.
pub(crate) fn before(root: &Path, path: &Path, version: &Version) -> Result<Option<Contract>> {
    let Some(repository) = Repository::around(root)? else { return Ok(None) };
    // A repository without a commit has no history either.
    if repository.ask(&["rev-parse", "--verify", "--quiet", "HEAD"])?.is_none() {
        return Ok(None);
    }
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let commits = repository.must(&["log", "-n", MOST_COMMITS, "--format=%H", "--", &name])?.text();
    let at = |commit: &str| {
        let said = repository.must(&["show", &format!("{commit}:./{name}")]).ok()?;
        // What cannot be read any more is no release.
        Contract::from_json(&said.stdout).ok()
    };
    Ok(commits.lines().filter_map(at).find(|contract| contract.version < *version))
}
