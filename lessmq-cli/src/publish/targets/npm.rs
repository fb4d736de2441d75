//! An npm registry. npm does the networking.

use std::path::PathBuf;
use std::process::Command;

use lessmq::contract::Contract;
use semver::Version;
use serde_json::Value;

use super::{Target, make_empty};
use crate::document;
use crate::program::{self, Finished};
use crate::publish::contract_crate::ContractCrate;
use crate::publish::files;
use crate::registry::Release;
use crate::report::{Error, Result};

/// A registry by its URL, or the one of npm's settings.
#[derive(Debug)]
pub(crate) struct NpmRegistry {
    pub(crate) url: Option<String>,
    /// The scope of the packages, without `@`.
    pub(crate) scope: Option<String>,
    /// The directory for temporary files.
    pub(crate) scratch: PathBuf,
}

impl Target for NpmRegistry {
    fn place(&self) -> String {
        match &self.url {
            Some(url) => format!("npm registry {}", program::without_secrets(url)),
            None => "npm's default registry".to_owned(),
        }
    }

    fn releases(&self, contract_crate: &ContractCrate) -> Result<Vec<Release>> {
        let finished =
            program::run(self.npm("view").args([&self.name(contract_crate), "versions", "--json"]))?;
        if !finished.success && finished.stderr.contains("E404") {
            return Ok(Vec::new());
        }
        let text = self.check(finished, "read")?.text();
        let versions: Value = serde_json::from_str(&text).map_err(|error| self.read_error(error))?;
        let all = match versions {
            Value::Array(all) => all,
            // npm prints a single version without a list.
            one => vec![one],
        };
        let version = |value: &Value| value.as_str()?.parse().ok();
        Ok(all.iter().filter_map(version).map(|version| Release { version, yanked: false }).collect())
    }

    fn contract(&self, contract_crate: &ContractCrate, version: &Version) -> Result<Contract> {
        let directory = self.scratch.join("npm/packed");
        make_empty(&directory)?;
        let spec = format!("{}@{version}", self.name(contract_crate));
        let mut npm = self.npm("pack");
        let finished = program::run(npm.args([&spec, "--json", "--pack-destination"]).arg(&directory))?;
        self.check(finished, "read")?;
        let packed = std::fs::read_dir(&directory).map_err(|error| self.read_error(error))?.next();
        let packed = packed.ok_or_else(|| self.read_error("npm packed nothing"))?;
        let packed = packed.map_err(|error| self.read_error(error))?.path();
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&packed).arg("-C").arg(&directory).arg("package/contract.json");
        let finished = program::run(&mut tar)?;
        if !finished.success {
            return Err(finished
                .error(format!("{spec} of {} has no contract.json", self.place()))
                .hint("it is not a contract package, which `lessmq-cli publish --npm` writes"));
        }
        document::read(&directory.join("package/contract.json"))
            .map_err(|error| error.at(format!("{spec} of {}", self.place())))
    }

    fn rehearse(&self, contract_crate: &ContractCrate, releases: &[Release]) -> Result<()> {
        self.publish(contract_crate, releases, true)
    }

    fn release(&self, contract_crate: &ContractCrate, releases: &[Release]) -> Result<()> {
        self.publish(contract_crate, releases, false)
    }
}

impl NpmRegistry {
    fn name(&self, contract_crate: &ContractCrate) -> String {
        match &self.scope {
            Some(scope) => format!("@{}/{}", scope.trim_start_matches('@'), contract_crate.name),
            None => contract_crate.name.clone(),
        }
    }

    fn npm(&self, verb: &str) -> Command {
        let mut command = Command::new("npm");
        command.arg(verb).args(["--loglevel=error", "--color=false"]);
        if let Some(url) = &self.url {
            command.args(["--registry", url]);
        }
        command
    }

    fn publish(&self, contract_crate: &ContractCrate, releases: &[Release], rehearsal: bool) -> Result<()> {
        let directory = self.scratch.join("npm/package");
        make_empty(&directory)?;
        files::write(&directory, &directory, &contract_crate.npm_files(&self.name(contract_crate))?)?;
        let mut npm = self.npm("publish");
        npm.arg(&directory).arg("--ignore-scripts");
        if let Some(tag) = tag(&contract_crate.contract.version, releases) {
            npm.args(["--tag", &tag]);
        }
        if rehearsal {
            npm.arg("--dry-run");
        }
        self.check(program::run(&mut npm)?, "release to").map(drop)
    }

    /// Fails if npm failed to `verb` the registry.
    fn check(&self, finished: Finished, verb: &str) -> Result<Finished> {
        if finished.success {
            return Ok(finished);
        }
        let error = finished.error(format!("cannot {verb} {}", self.place()));
        Err(error.hint(if ["ENEEDAUTH", "E401", "E403"].iter().any(|code| finished.stderr.contains(code)) {
            "log in with `npm login`, or set the registry's token in .npmrc"
        } else {
            "check that the registry is up, and its URL"
        }))
    }

    fn read_error(&self, error: impl std::fmt::Display) -> Error {
        Error::new(format!("cannot parse the answer of {}", self.place()))
            .because(error)
            .hint("update npm, and run this again")
    }
}

/// The tag of a release. `npm install` installs `latest`, which is neither a pre-release nor a patch of an older line.
fn tag(version: &Version, releases: &[Release]) -> Option<String> {
    if !version.pre.is_empty() {
        return Some("next".to_owned());
    }
    let later = |release: &Release| release.version.pre.is_empty() && release.version > *version;
    releases.iter().any(later).then(|| format!("latest-{}", version.major))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_highest_release_is_tagged_latest() {
        let releases: Vec<Release> = ["1.0.0", "2.0.0", "3.0.0-rc.1"]
            .map(|version| Release { version: version.parse().expect("a version"), yanked: false })
            .into();
        for (version, expected) in
            [("2.1.0", None), ("1.0.1", Some("latest-1")), ("2.1.0-rc.1", Some("next"))]
        {
            assert_eq!(tag(&version.parse().expect("a version"), &releases).as_deref(), expected);
        }
    }
}
