//! A git repository of contracts: a directory for each crate, a tag for each release.
//!
//! Tags are called as cargo's users and Renovate expect of a repository with several packages: `user-contract-v1.2.0`.

use std::path::{Path, PathBuf};

use lessmq::contract::Contract;
use semver::Version;

use super::{Target, fresh};
use crate::document;
use crate::error::Result;
use crate::program::{self, Said};
use crate::publish::files;
use crate::publish::layout::{ContractCrate, Place};
use crate::registry::Release;

/// Who commits where git knows no name.
const NOBODY: [(&str, &str); 2] = [("user.name", "lessmq-cli"), ("user.email", "lessmq-cli@localhost")];

/// A repository by its URL.
#[derive(Debug)]
pub(crate) struct GitRepository {
    pub(crate) url: String,
    /// Where clones are made.
    pub(crate) scratch: PathBuf,
}

impl Target for GitRepository {
    fn place(&self) -> String {
        format!("the git repository {}", program::without_secrets(&self.url))
    }

    fn releases(&self, of: &ContractCrate) -> Result<Vec<Release>> {
        let prefix = format!("refs/tags/{}-v", of.name);
        // Where the repository stands, if it is named by a relative path.
        let mut command = program::git(Path::new("."));
        command.args(["ls-remote", "--tags", "--refs", "--", &self.url, &format!("{prefix}*")]);
        let said = self.checked(program::run(&mut command)?, "read")?;
        let tags = said.text();
        let version = |line: &str| line.split_once(&prefix)?.1.trim().parse().ok();
        Ok(tags.lines().filter_map(version).map(|version| Release { version, yanked: false }).collect())
    }

    fn contract(&self, of: &ContractCrate, version: &Version) -> Result<Contract> {
        let (directory, tag) = (self.scratch.join("git").join("tag"), tag(&of.name, version));
        fresh(&directory)?;
        self.git(&directory, &["init", "--quiet", "--bare", "."], "read")?;
        let reference = format!("refs/tags/{tag}");
        self.git(&directory, &["fetch", "--quiet", "--depth", "1", "--", &self.url, &reference], "read")?;
        let document = format!("FETCH_HEAD:{}/contract.json", of.name);
        let said = self.git(&directory, &["show", &document], "read")?;
        document::parse(&format!("{tag} of {}", self.place()), said.stdout.as_slice())
    }

    fn rehearse(&self, of: &ContractCrate, _: &[Release]) -> Result<()> {
        self.push(of, &["--dry-run"])
    }

    fn release(&self, of: &ContractCrate, _: &[Release]) -> Result<()> {
        self.push(of, &[])
    }
}

impl GitRepository {
    /// Commits the crate on top of the repository's branch, and pushes commit and tag together or not at all.
    fn push(&self, of: &ContractCrate, options: &[&str]) -> Result<()> {
        let clone = self.scratch.join("git").join("clone");
        fresh(&clone)?;
        self.git(&clone, &["clone", "--quiet", "--depth", "1", "--no-tags", "--", &self.url, "."], "read")?;
        files::write(&clone, &clone.join(&of.name), &of.files(Place::Repository)?)?;
        let tag = tag(&of.name, &of.contract.version);
        self.git(&clone, &["add", "--all", "--force", "--", &of.name], "write to")?;
        let title = format!("Release {} {}", of.name, of.contract.version);
        // The same files may be there already, without the tag.
        self.git(&clone, &["commit", "--quiet", "--allow-empty", "--message", &title], "write to")?;
        self.git(&clone, &["tag", "--annotate", "--message", &title, &tag], "write to")?;
        let said = self.git(&clone, &["symbolic-ref", "HEAD"], "read")?;
        let branch = format!("HEAD:{}", said.text().trim());
        let push = ["push", "--quiet", "--atomic", "origin", &branch, &format!("refs/tags/{tag}")];
        self.git(&clone, &[&push, options].concat(), "write to").map(drop)
    }

    fn git(&self, directory: &Path, arguments: &[&str], what: &str) -> Result<Said> {
        let mut command = program::git(directory);
        for (key, value) in NOBODY {
            if !program::run(program::git(directory).args(["config", "--get", key]))?.success {
                command.arg("-c").arg(format!("{key}={value}"));
            }
        }
        // What is published is what was written, and signing would ask for a password.
        for setting in ["core.autocrlf=false", "commit.gpgSign=false", "tag.gpgSign=false"] {
            command.args(["-c", setting]);
        }
        self.checked(program::run(command.args(arguments))?, what)
    }

    fn checked(&self, said: Said, what: &str) -> Result<Said> {
        if said.success {
            return Ok(said);
        }
        let error = said.error(format!("cannot {what} {}", self.place()));
        Err(error.hint("is the URL right, is the repository there, and may you push to it?"))
    }
}

fn tag(name: &str, version: &Version) -> String {
    format!("{name}-v{version}")
}
