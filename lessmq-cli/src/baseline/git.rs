//! The contracts of a git revision.
//!
//! For a branch, `git:REF` is its merge base with `HEAD`, so that later commits of the branch do not matter. A tag, a
//! commit or any other revision is used directly.

use std::collections::BTreeSet;
use std::path::Path;

use lessmq::contract::{Contract, MAX_DOCUMENT_BYTES};

use super::{Baseline, Found};
use crate::document;
use crate::report::{BaselineKind, Error, Result};
use crate::repository::Repository;

/// The hint for a shallow clone.
const SHALLOW_HINT: &str =
    "the clone is shallow: run `git fetch --unshallow`, or set `fetch-depth: 0` for actions/checkout";
/// The hint for a repository that git cannot read in full.
const BROKEN_HINT: &str = "run `git fsck`: the repository may be damaged";

/// The contracts in the history of a repository.
#[derive(Debug)]
pub(crate) struct History(Repository);

/// A commit.
#[derive(Debug)]
pub(crate) struct Revision {
    commit: String,
    /// The name for people.
    name: String,
    kind: BaselineKind,
}

/// A file of a commit.
struct Blob {
    id: String,
    size: u64,
}

impl History {
    /// The history of the repository that contains `root`.
    pub(super) fn find(root: &Path) -> Result<Self> {
        Repository::find(root)?.map(Self).ok_or_else(|| {
            Error::new(format!("`{}` is not in a git repository", root.display()))
                .hint("run this in a clone of the repository, or check against files with --against PATH")
        })
    }

    /// The history of a repository.
    pub(super) fn new(repository: Repository) -> Self {
        Self(repository)
    }

    /// The commit that is the baseline for `reference`.
    pub(super) fn resolve(&self, reference: &str) -> Result<Revision> {
        let commit = self.commit(reference)?;
        let full = self.0.query(&["rev-parse", "--symbolic-full-name", reference])?.unwrap_or_default();
        let is_branch = ["refs/heads/", "refs/remotes/"].iter().any(|kind| full.starts_with(kind));
        if !is_branch {
            // A tagged commit counts as released.
            let is_tag = full.starts_with("refs/tags/");
            let kind = if is_tag { BaselineKind::Released } else { BaselineKind::Committed };
            return Ok(Revision { name: format!("git:{reference}"), commit, kind });
        }
        match self.0.query(&["merge-base", &commit, "HEAD"])? {
            Some(base) if !base.trim().is_empty() => {
                let base = base.trim();
                let since = if base == commit { String::new() } else { format!(" at {}", short(base)) };
                let name = format!("git:{reference}{since}");
                Ok(Revision { name, commit: base.to_owned(), kind: BaselineKind::Committed })
            }
            _ => Err(Error::new(format!("git:{reference} and HEAD have no common ancestor"))
                .hint(self.hint("give a tag or a commit, which is used directly"))),
        }
    }

    fn commit(&self, reference: &str) -> Result<String> {
        let known = match reference {
            "" => None,
            // Git would parse a leading `-` as an option.
            _ if reference.starts_with('-') => None,
            _ => self.0.query(&["rev-parse", "--verify", "--quiet", &format!("{reference}^{{commit}}")])?,
        };
        known.map(|commit| commit.trim().to_owned()).ok_or_else(|| {
            Error::new(format!(
                "no revision `{reference}` in the repository of `{}`",
                self.0.workspace_root().display()
            ))
            .hint(self.hint(
                "`git branch --all` and `git tag` list the revisions; after `git fetch`, a remote branch is \
                     origin/NAME",
            ))
        })
    }

    /// The hint for a shallow clone, otherwise another one.
    fn hint(&self, otherwise: &str) -> String {
        if self.is_shallow().unwrap_or(false) { SHALLOW_HINT.to_owned() } else { otherwise.to_owned() }
    }

    fn is_shallow(&self) -> Result<bool> {
        let answer = self.0.query(&["rev-parse", "--is-shallow-repository"])?;
        Ok(answer.is_some_and(|answer| answer.trim() == "true"))
    }

    /// The contract of a service at a revision; with `all` also every earlier version, the newest first.
    pub(super) fn baselines(&self, revision: &Revision, service: &str, all: bool) -> Result<Found> {
        let path = document_path(service);
        let place = format!("{path} of {}", revision.name);
        let mut baselines = Vec::new();
        if let Some(contract) = self.document(&revision.commit, &path, &place)? {
            let contract = document::parse(&place, &*contract)?;
            baselines.push(Baseline { origin: place.clone(), kind: revision.kind, contract });
        }
        if all {
            if self.is_shallow()? {
                return Err(
                    Error::new(format!("cannot read all committed versions of {path}")).hint(SHALLOW_HINT)
                );
            }
            let mut versions: BTreeSet<_> =
                baselines.iter().map(|baseline| baseline.contract.version.clone()).collect();
            for commit in self.history(&revision.commit, &path)? {
                let origin = format!("{path} of git:{}", short(&commit));
                let found = self.past(&commit, &path, &origin)?;
                let news = found.filter(|contract| versions.insert(contract.version.clone()));
                baselines.extend(news.map(|contract| Baseline {
                    origin,
                    kind: BaselineKind::Past,
                    contract,
                }));
            }
        }
        Ok(Found { place, is_live: false, baselines })
    }

    /// Whether the contract of any commit includes this one.
    pub(super) fn includes(&self, live: &Contract) -> Result<bool> {
        let path = document_path(&live.service);
        for commit in self.history("--all", &path)? {
            // A document that cannot be read is not the live one.
            let found = self.past(&commit, &path, &path).ok().flatten();
            if found.is_some_and(|contract| contract.includes(live)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the file in the working tree differs from `HEAD` or is not tracked.
    pub(super) fn is_uncommitted(&self, path: &Path) -> Result<bool> {
        let path = path.display().to_string();
        let status = self.0.query(&["status", "--porcelain", "--ignored", "--", &path])?;
        Ok(status.is_some_and(|status| !status.trim().is_empty()))
    }

    fn history(&self, from: &str, path: &str) -> Result<Vec<String>> {
        let finished = self.0.run(&["log", "--format=%H", from, "--", path])?;
        if !finished.success {
            let error = finished.error(format!("git cannot read the history of {path}"));
            return Err(error.hint(self.hint(BROKEN_HINT)));
        }
        Ok(finished.text().lines().map(str::to_owned).collect())
    }

    fn past(&self, commit: &str, path: &str, name: &str) -> Result<Option<Contract>> {
        let found = self.document(commit, path, name)?;
        found.map(|document| document::parse_past(name, &*document)).transpose()
    }

    fn document(&self, commit: &str, path: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(blob) = self.blob(commit, path)? else { return Ok(None) };
        if blob.size > u64::try_from(MAX_DOCUMENT_BYTES).unwrap_or(u64::MAX) {
            return Err(Error::new(format!(
                "contract `{name}` is {} bytes, limit is {MAX_DOCUMENT_BYTES}",
                blob.size
            )));
        }
        Ok(Some(self.0.run(&["cat-file", "blob", &blob.id])?.stdout))
    }

    fn blob(&self, commit: &str, path: &str) -> Result<Option<Blob>> {
        let listing = self.0.query(&["ls-tree", "--long", commit, "--", path])?.ok_or_else(|| {
            Error::new(format!("git cannot read the commit {}", short(commit))).hint(self.hint(BROKEN_HINT))
        })?;
        let words: Vec<&str> = listing.split_whitespace().collect();
        Ok(match words.as_slice() {
            [_, "blob", id, size, ..] => {
                Some(Blob { id: (*id).to_owned(), size: size.parse().unwrap_or(u64::MAX) })
            }
            _ => None,
        })
    }
}

/// The path of a contract from the top of the workspace, as git writes it.
fn document_path(service: &str) -> String {
    format!("contracts/{service}/contract.json")
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
