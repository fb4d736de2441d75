//! Contracts that were committed.
//!
//! `git:REF` means, for a branch, the place where `HEAD` left it (their merge base): what was added to the branch since
//! is not missed here. A tag, a commit and anything else that git understands mean exactly themselves.

use std::collections::BTreeSet;
use std::path::Path;

use lessmq::contract::{Contract, Fingerprint, MAX_DOCUMENT_BYTES};

use super::{Answer, Baseline};
use crate::document;
use crate::error::{Error, Result};
use crate::judgement::Standing;
use crate::repository::Repository;

/// What to do in a clone that lacks history.
const LACKS_HISTORY: &str =
    "this clone lacks history: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout";
/// What to do about a repository that git reads only in parts.
const BROKEN: &str = "is the repository whole? `git fsck` tells";

/// The contracts that a repository has or had.
#[derive(Debug)]
pub(crate) struct History(Repository);

/// A commit.
#[derive(Debug)]
pub(crate) struct Revision {
    commit: String,
    /// For people.
    name: String,
    standing: Standing,
}

/// A file of a commit.
struct Blob {
    id: String,
    size: u64,
}

impl History {
    /// The history of the repository around `root`.
    pub(super) fn around(root: &Path) -> Result<Self> {
        Repository::around(root)?.map(Self).ok_or_else(|| {
            Error::new(format!("{} is in no git repository", root.display()))
                .hint("check against files, with --against PATH, or run this where the repository is cloned")
        })
    }

    pub(super) fn of(repository: Repository) -> Self {
        Self(repository)
    }

    /// The commit that `reference` stands for as a baseline.
    pub(super) fn baseline(&self, reference: &str) -> Result<Revision> {
        let commit = self.commit(reference)?;
        let full = self.0.ask(&["rev-parse", "--symbolic-full-name", reference])?.unwrap_or_default();
        let is_branch = ["refs/heads/", "refs/remotes/"].iter().any(|kind| full.starts_with(kind));
        if !is_branch {
            // Who gives a state of the source a name of its own has released it.
            let is_tag = full.starts_with("refs/tags/");
            let standing = if is_tag { Standing::Released } else { Standing::Committed };
            return Ok(Revision { name: format!("git:{reference}"), commit, standing });
        }
        match self.0.ask(&["merge-base", &commit, "HEAD"])? {
            Some(base) if !base.trim().is_empty() => {
                let base = base.trim();
                let since = if base == commit { String::new() } else { format!(" at {}", short(base)) };
                let name = format!("git:{reference}{since}");
                Ok(Revision { name, commit: base.to_owned(), standing: Standing::Committed })
            }
            _ => Err(Error::new(format!("git:{reference} and HEAD have no common ancestor"))
                .hint(self.advice("give a tag or a commit, which is taken as it is"))),
        }
    }

    fn commit(&self, reference: &str) -> Result<String> {
        let known = match reference {
            "" => None,
            // Git would take it for an option.
            _ if reference.starts_with('-') => None,
            _ => self.0.ask(&["rev-parse", "--verify", "--quiet", &format!("{reference}^{{commit}}")])?,
        };
        known.map(|commit| commit.trim().to_owned()).ok_or_else(|| {
            Error::new(format!("git:{reference}: no such revision in the repository of {}", self.0.root().display()))
                .hint(self.advice(
                    "`git branch --all` and `git tag` list what there is; after `git fetch` a branch of a remote is \
                     origin/NAME",
                ))
        })
    }

    /// What to do; in a clone that lacks history something else.
    fn advice(&self, otherwise: &str) -> String {
        if self.is_shallow().unwrap_or(false) { LACKS_HISTORY.to_owned() } else { otherwise.to_owned() }
    }

    fn is_shallow(&self) -> Result<bool> {
        let answer = self.0.ask(&["rev-parse", "--is-shallow-repository"])?;
        Ok(answer.is_some_and(|answer| answer.trim() == "true"))
    }

    /// The contract of a service at a revision; with `all` also every earlier version of it, the newest first.
    pub(super) fn releases(&self, revision: &Revision, service: &str, all: bool) -> Result<Answer> {
        let path = document_path(service);
        let place = format!("{path} of {}", revision.name);
        let mut baselines = Vec::new();
        if let Some(contract) = self.document(&revision.commit, &path, &place)? {
            let contract = document::parse(&place, &*contract)?;
            baselines.push(Baseline { origin: place.clone(), standing: revision.standing, contract });
        }
        if all {
            if self.is_shallow()? {
                return Err(Error::new(format!(
                    "not every version of {path} that was committed is known here"
                ))
                .hint(LACKS_HISTORY));
            }
            let mut versions: BTreeSet<_> =
                baselines.iter().map(|baseline| baseline.contract.version.clone()).collect();
            for commit in self.history(&revision.commit, &path)? {
                let origin = format!("{path} of git:{}", short(&commit));
                let found = self.past(&commit, &path, &origin)?;
                let news = found.filter(|contract| versions.insert(contract.version.clone()));
                baselines.extend(news.map(|contract| Baseline {
                    origin,
                    standing: Standing::Past,
                    contract,
                }));
            }
        }
        Ok(Answer::of(place, baselines))
    }

    /// Whether some commit has this contract.
    pub(super) fn has_ever_had(&self, service: &str, fingerprint: &Fingerprint) -> Result<bool> {
        let path = document_path(service);
        for commit in self.history("--all", &path)? {
            // What cannot be read was not what is live.
            let found = self.past(&commit, &path, &path).ok().flatten();
            if found.is_some_and(|contract| contract.fingerprint() == *fingerprint) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the file in the working tree differs from `HEAD`, or is not known to git.
    pub(super) fn is_uncommitted(&self, path: &Path) -> Result<bool> {
        let path = path.display().to_string();
        let status = self.0.ask(&["status", "--porcelain", "--ignored", "--", &path])?;
        Ok(status.is_some_and(|status| !status.trim().is_empty()))
    }

    fn history(&self, from: &str, path: &str) -> Result<Vec<String>> {
        let said = self.0.run(&["log", "--format=%H", from, "--", path])?;
        if !said.success {
            let error = said.error(format!("git cannot read the history of {path}"));
            return Err(error.hint(self.advice(BROKEN)));
        }
        Ok(said.text().lines().map(str::to_owned).collect())
    }

    fn past(&self, commit: &str, path: &str, name: &str) -> Result<Option<Contract>> {
        let found = self.document(commit, path, name)?;
        found.map(|document| document::parse_past(name, &*document)).transpose()
    }

    fn document(&self, commit: &str, path: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(blob) = self.blob(commit, path)? else { return Ok(None) };
        if blob.size > u64::try_from(MAX_DOCUMENT_BYTES).unwrap_or(u64::MAX) {
            return Err(Error::new(format!("{name}: {} bytes are too many for a contract", blob.size))
                .hint(format!("a contract document has {MAX_DOCUMENT_BYTES} bytes at most")));
        }
        Ok(Some(self.0.run(&["cat-file", "blob", &blob.id])?.stdout))
    }

    fn blob(&self, commit: &str, path: &str) -> Result<Option<Blob>> {
        let listing = self.0.ask(&["ls-tree", "--long", commit, "--", path])?.ok_or_else(|| {
            Error::new(format!("git cannot read the commit {}", short(commit))).hint(self.advice(BROKEN))
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

/// From the top of the workspace, as git writes paths.
fn document_path(service: &str) -> String {
    format!("contracts/{service}/contract.json")
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
