//! A git repository of contracts, with a directory for each crate and a tag for each release.
//!
//! Tags have the names that cargo users and Renovate expect in a repository with several packages:
//! `user-contract-v1.2.0`.

use std::path::{Path, PathBuf};

use lessmq::contract::Contract;
use semver::Version;

use super::{Target, make_empty};
use crate::document;
use crate::program::{self, Finished};
use crate::publish::contract_crate::{ContractCrate, CrateLocation};
use crate::publish::files;
use crate::registry::Release;
use crate::report::Result;

/// The author of commits if git is not configured with one.
const DEFAULT_AUTHOR: [(&str, &str); 2] =
    [("user.name", "lessmq-cli"), ("user.email", "lessmq-cli@localhost")];

/// A repository by its URL.
#[derive(Debug)]
pub(crate) struct GitRepository {
    pub(crate) url: String,
    /// The directory for clones.
    pub(crate) scratch: PathBuf,
}

impl Target for GitRepository {
    fn place(&self) -> String {
        format!("git repository {}", program::without_secrets(&self.url))
    }

    fn releases(&self, contract_crate: &ContractCrate) -> Result<Vec<Release>> {
        let prefix = format!("refs/tags/{}-v", contract_crate.name);
        // The current directory, to which a relative path refers.
        let mut command = program::git(Path::new("."));
        command.args(["ls-remote", "--tags", "--refs", "--", &self.url, &format!("{prefix}*")]);
        let tags = self.check(program::run(&mut command)?, "read")?.text();
        let version = |line: &str| line.split_once(&prefix)?.1.trim().parse().ok();
        Ok(tags.lines().filter_map(version).map(|version| Release { version, yanked: false }).collect())
    }

    fn contract(&self, contract_crate: &ContractCrate, version: &Version) -> Result<Contract> {
        let (directory, tag) = (self.scratch.join("git").join("tag"), tag(&contract_crate.name, version));
        make_empty(&directory)?;
        self.git(&directory, &["init", "--quiet", "--bare", "."], "read")?;
        let reference = format!("refs/tags/{tag}");
        self.git(&directory, &["fetch", "--quiet", "--depth", "1", "--", &self.url, &reference], "read")?;
        let document = format!("FETCH_HEAD:{}/contract.json", contract_crate.name);
        let shown = self.git(&directory, &["show", &document], "read")?;
        document::parse(&format!("{tag} of {}", self.place()), shown.stdout.as_slice())
    }

    fn rehearse(&self, contract_crate: &ContractCrate, releases: &[Release]) -> Result<()> {
        self.push(contract_crate, releases, &["--dry-run"])
    }

    fn release(&self, contract_crate: &ContractCrate, releases: &[Release]) -> Result<()> {
        self.push(contract_crate, releases, &[])
    }
}

impl GitRepository {
    /// Commits the crate to the default branch, and pushes commit and tag atomically. If there is a higher release, only
    /// the tag has the commit: the branch keeps the files of the highest one.
    fn push(&self, contract_crate: &ContractCrate, releases: &[Release], options: &[&str]) -> Result<()> {
        let clone = self.scratch.join("git").join("clone");
        make_empty(&clone)?;
        self.git(&clone, &["clone", "--quiet", "--depth", "1", "--no-tags", "--", &self.url, "."], "read")?;
        files::write(
            &clone,
            &clone.join(&contract_crate.name),
            &contract_crate.files(CrateLocation::Repository)?,
        )?;
        let tag = tag(&contract_crate.name, &contract_crate.contract.version);
        self.git(&clone, &["add", "--all", "--force", "--", &contract_crate.name], "write to")?;
        let title = format!("Release {} {}", contract_crate.name, contract_crate.contract.version);
        // The files may be committed already, without the tag.
        self.git(&clone, &["commit", "--quiet", "--allow-empty", "--message", &title], "write to")?;
        self.git(&clone, &["tag", "--annotate", "--message", &title, &tag], "write to")?;
        let head = self.git(&clone, &["symbolic-ref", "HEAD"], "read")?.text();
        let (branch, tag) = (format!("HEAD:{}", head.trim()), format!("refs/tags/{tag}"));
        let is_highest = releases.iter().all(|release| release.version <= contract_crate.contract.version);
        let references = if is_highest { vec![&*branch, &tag] } else { vec![&*tag] };
        let push = ["push", "--quiet", "--atomic", "origin"];
        self.git(&clone, &[&push, &*references, options].concat(), "write to").map(drop)
    }

    fn git(&self, directory: &Path, arguments: &[&str], verb: &str) -> Result<Finished> {
        let mut command = program::git(directory);
        for (key, value) in DEFAULT_AUTHOR {
            if !program::run(program::git(directory).args(["config", "--get", key]))?.success {
                command.arg("-c").arg(format!("{key}={value}"));
            }
        }
        // Files are released unchanged, and signing would ask for a password.
        for setting in ["core.autocrlf=false", "commit.gpgSign=false", "tag.gpgSign=false"] {
            command.args(["-c", setting]);
        }
        self.check(program::run(command.args(arguments))?, verb)
    }

    /// Fails if git failed to `verb` the repository.
    fn check(&self, finished: Finished, verb: &str) -> Result<Finished> {
        if finished.success {
            return Ok(finished);
        }
        let error = finished.error(format!("cannot {verb} {}", self.place()));
        Err(error.hint("check the URL, and that you may push to the repository"))
    }
}

fn tag(name: &str, version: &Version) -> String {
    format!("{name}-v{version}")
}
