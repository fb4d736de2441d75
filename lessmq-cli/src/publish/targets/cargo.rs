//! A cargo registry of any kind. Cargo does the networking.

use std::path::PathBuf;

use lessmq::contract::Contract;
use semver::Version;
use toml::Table;

use super::{Target, make_empty};
use crate::program;
use crate::publish::contract_crate::{ContractCrate, CrateLocation};
use crate::publish::files;
use crate::registry::{self, CRATES_IO, Release};
use crate::report::Result;

/// A registry by its name in cargo's settings.
#[derive(Debug)]
pub(crate) struct CargoRegistry {
    pub(crate) name: String,
    /// The directory for temporary files.
    pub(crate) scratch: PathBuf,
    /// Cargo's target directory.
    pub(crate) target: PathBuf,
    /// The top of the workspace. The crate is tested with its lock file and profiles, so that compiled dependencies are
    /// reused.
    pub(crate) root: PathBuf,
}

impl Target for CargoRegistry {
    fn place(&self) -> String {
        registry::display_name(Some(&self.name))
    }

    fn releases(&self, contract_crate: &ContractCrate) -> Result<Vec<Release>> {
        Ok(registry::published(&contract_crate.name, Some(&self.name))?.unwrap_or_default())
    }

    fn contract(&self, contract_crate: &ContractCrate, version: &Version) -> Result<Contract> {
        registry::contract(&contract_crate.name, version, Some(&self.name))
    }

    /// Packs the crate and compiles the package, as its users will.
    fn rehearse(&self, contract_crate: &ContractCrate, _: &[Release]) -> Result<()> {
        self.publish(contract_crate, "--dry-run")
    }

    fn release(&self, contract_crate: &ContractCrate, _: &[Release]) -> Result<()> {
        self.publish(contract_crate, "--no-verify")
    }
}

impl CargoRegistry {
    fn publish(&self, contract_crate: &ContractCrate, how: &str) -> Result<()> {
        let directory = self.scratch.join("cargo").join(&contract_crate.name);
        make_empty(&directory)?;
        files::write(&directory, &directory, &contract_crate.files(CrateLocation::Alone)?)?;
        // Without a lock file cargo chooses the versions, as it would for the workspace.
        let _ = std::fs::copy(self.root.join("Cargo.lock"), directory.join("Cargo.lock"));
        let mut cargo = program::cargo();
        cargo.args([
            "publish",
            "--quiet",
            "--color",
            "never",
            "--allow-dirty",
            how,
            "--registry",
            &self.name,
        ]);
        cargo.arg("--manifest-path").arg(directory.join("Cargo.toml")).arg("--target-dir").arg(&self.target);
        let settings = self.scratch.join("cargo/config.toml");
        if std::fs::write(&settings, self.profiles()).is_ok() {
            cargo.arg("--config").arg(&settings);
        }
        let finished = program::run(&mut cargo)?;
        if finished.success {
            return Ok(());
        }
        let (name, version) = (&contract_crate.name, &contract_crate.contract.version);
        let error = finished.error(format!("cannot release {name} {version} to {}", self.place()));
        Err(error.hint(self.hint(&finished.stderr)))
    }

    /// The profiles of the workspace, as settings of cargo.
    fn profiles(&self) -> String {
        let text = std::fs::read_to_string(self.root.join("Cargo.toml")).unwrap_or_default();
        let mut manifest: Table = text.parse().unwrap_or_default();
        manifest.retain(|key, _| key == "profile");
        manifest.to_string()
    }

    fn hint(&self, stderr: &str) -> String {
        let has = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
        if has(&["no token found", "please run `cargo login", "401", "403"]) {
            let name =
                if self.name == CRATES_IO { String::new() } else { format!(" --registry {}", self.name) };
            format!("log in with `cargo login{name}`, or set its token in the environment")
        } else if has(&["no matching package named `lessmq`"]) {
            "publish this version of lessmq to crates.io first: the crate depends on it".to_owned()
        } else {
            "fix the error that cargo reports, and run this again: existing releases are left alone"
                .to_owned()
        }
    }
}
