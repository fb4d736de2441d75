//! A cargo registry, whatever its kind: cargo talks to it.

use std::path::PathBuf;
use std::process::Command;

use lessmq::contract::Contract;
use semver::Version;
use toml::Table;

use super::{Target, fresh};
use crate::error::Result;
use crate::extract::workspace;
use crate::program;
use crate::publish::files;
use crate::publish::layout::{ContractCrate, Place};
use crate::registry::{self, CRATES_IO, Release};

/// A registry by its name in cargo's settings.
#[derive(Debug)]
pub(crate) struct CargoRegistry {
    pub(crate) name: String,
    /// Where crates are made ready.
    pub(crate) scratch: PathBuf,
    /// Where cargo compiles.
    pub(crate) target: PathBuf,
    /// The top of the workspace, with whose versions and profiles the crate is tried: what is compiled is used again.
    pub(crate) root: PathBuf,
}

impl Target for CargoRegistry {
    fn place(&self) -> String {
        registry::place(Some(&self.name))
    }

    fn releases(&self, of: &ContractCrate) -> Result<Vec<Release>> {
        Ok(registry::published(&of.name, Some(&self.name))?.unwrap_or_default())
    }

    fn contract(&self, of: &ContractCrate, version: &Version) -> Result<Contract> {
        registry::contract(&of.name, version, Some(&self.name))
    }

    /// Packs the crate and compiles what was packed, as its users will.
    fn rehearse(&self, of: &ContractCrate, _: &[Release]) -> Result<()> {
        self.publish(of, "--dry-run")
    }

    fn release(&self, of: &ContractCrate, _: &[Release]) -> Result<()> {
        self.publish(of, "--no-verify")
    }
}

impl CargoRegistry {
    fn publish(&self, of: &ContractCrate, how: &str) -> Result<()> {
        let directory = self.scratch.join("cargo").join(&of.name);
        fresh(&directory)?;
        files::write(&directory, &directory, &of.files(Place::Alone)?)?;
        // Without a lock file cargo chooses the versions, as it would for the workspace.
        let _ = std::fs::copy(self.root.join("Cargo.lock"), directory.join("Cargo.lock"));
        let mut cargo = Command::new(workspace::cargo());
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
        let said = program::run(&mut cargo)?;
        if said.success {
            return Ok(());
        }
        let (name, version) = (&of.name, &of.contract.version);
        let error = said.error(format!("cannot release {name} {version} to {}", self.place()));
        Err(error.hint(self.hint(&said.stderr)))
    }

    /// The profiles of the workspace, as settings of cargo.
    fn profiles(&self) -> String {
        let text = std::fs::read_to_string(self.root.join("Cargo.toml")).unwrap_or_default();
        let mut manifest: Table = text.parse().unwrap_or_default();
        manifest.retain(|key, _| key == "profile");
        manifest.to_string()
    }

    fn hint(&self, said: &str) -> String {
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        if has(&["no token found", "please run `cargo login", "401", "403"]) {
            let name =
                if self.name == CRATES_IO { String::new() } else { format!(" --registry {}", self.name) };
            format!("log in with `cargo login{name}`, or set its token in the environment")
        } else if has(&["no matching package named `lessmq`"]) {
            "the crate's users get lessmq from crates.io, where this version is not".to_owned()
        } else {
            "mend what cargo reports, and run this again: what was released already is left alone".to_owned()
        }
    }
}
