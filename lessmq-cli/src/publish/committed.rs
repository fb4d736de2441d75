//! Queries git for uncommitted changes and earlier contracts.

use std::path::Path;

use lessmq::contract::Contract;
use semver::Version;

use crate::report::{Error, Result};
use crate::repository::Repository;

/// How many commits of a contract are searched.
const MAX_COMMITS: &str = "200";
/// How many changed files an error names.
const MAX_NAMED_FILES: usize = 5;
const COMMIT_HINT: &str =
    "run `lessmq-cli publish` without a target, commit, and run this again; or give --allow-dirty";

/// Fails if the workspace has uncommitted changes. Succeeds without a git repository.
pub(crate) fn check_clean(root: &Path) -> Result<()> {
    let Some(repository) = Repository::find(root)? else { return Ok(()) };
    let text = repository.run_checked(&["status", "--porcelain", "--untracked-files=all", "--", "."])?.text();
    let changed: Vec<&str> = text.lines().filter_map(|line| line.get(3..)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(Error::new("the workspace has uncommitted changes, so the release would not match any commit")
        .because(some_of(&changed))
        .hint(COMMIT_HINT))
}

/// The error for the contract crate in `directory` whose committed `files` differ from what the code produces.
pub(crate) fn stale_error(directory: &Path, files: &[&str]) -> Error {
    Error::new(format!(
        "`{}` is not up to date with the code, so the release would not match any commit",
        directory.display()
    ))
    .because(format!("different: {}", some_of(files)))
    .hint(COMMIT_HINT)
}

/// The first of the files, and the number of the others.
fn some_of(files: &[&str]) -> String {
    let mut names = files[..files.len().min(MAX_NAMED_FILES)].join(", ");
    if files.len() > MAX_NAMED_FILES {
        names += &format!(" and {} more", files.len() - MAX_NAMED_FILES);
    }
    names
}

/// Whether there is a git repository that does not ignore the crate at `path`.
pub(crate) fn is_tracked(root: &Path, path: &Path) -> Result<bool> {
    let Some(repository) = Repository::find(root)? else { return Ok(false) };
    let manifest = path.join("Cargo.toml").display().to_string();
    Ok(repository.query(&["check-ignore", "--quiet", "--no-index", &manifest])?.is_none())
}

/// The last committed contract at `path` whose version is below `version`.
pub(crate) fn before(root: &Path, path: &Path, version: &Version) -> Result<Option<Contract>> {
    let Some(repository) = Repository::find(root)? else { return Ok(None) };
    // A repository without a commit has no history.
    if repository.query(&["rev-parse", "--verify", "--quiet", "HEAD"])?.is_none() {
        return Ok(None);
    }
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let commits = repository.run_checked(&["log", "-n", MAX_COMMITS, "--format=%H", "--", &name])?.text();
    let at = |commit: &str| {
        let shown = repository.run_checked(&["show", &format!("{commit}:./{name}")]).ok()?;
        // A document that cannot be read is skipped.
        Contract::from_json(&shown.stdout).ok()
    };
    Ok(commits.lines().filter_map(at).find(|contract| contract.version < *version))
}
