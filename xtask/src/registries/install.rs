//! The programs of the registries, in fixed versions, in `target/tools`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::program::{self, cargo};
use crate::{folder, tools};

/// The program `name` of the crate of the same name. It is built when it is first needed.
///
/// # Errors
/// If it cannot be built.
pub(super) fn of_crate(name: &str, version: &str) -> Result<PathBuf> {
    let root = tools::home().join(format!("{name}-{version}"));
    let program = root.join("bin").join(name);
    if !program.is_file() {
        eprintln!("building {name}; this takes half a minute, once");
        // Without optimisation, the build is more than twice as fast. Cargo locks the folder, so one process builds at a time.
        let install = ["install", "--locked", "--quiet", "--debug", "--version", version, name, "--root"];
        let mut command = cargo(install);
        command.arg(&root).env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("CARGO_NET_OFFLINE");
        program::output(&mut command).with_context(|| format!("cannot build {name} {version}"))?;
    }
    Ok(program)
}

/// The program `name` of the npm package of the same name. `overrides` are versions of its dependencies.
///
/// # Errors
/// If npm is not installed or cannot install the package.
pub(super) fn of_npm(name: &str, version: &str, overrides: &[(&str, &str)]) -> Result<PathBuf> {
    let home = tools::home().join(format!("{name}-{version}"));
    let program = home.join("node_modules/.bin").join(name);
    if program.exists() {
        return Ok(program);
    }
    let npm =
        tools::npm().with_context(|| format!("a test needs {name}, which needs Node.js 20 or later"))?;
    // Another process may be installing it, too. The first one that finishes moves it into place.
    let new = tools::home().join(format!("{name}-{version}-{}", std::process::id()));
    fs::create_dir_all(&new).with_context(|| format!("cannot create the folder {}", new.display()))?;
    let overrides: serde_json::Map<_, _> =
        overrides.iter().map(|(name, version)| ((*name).to_owned(), (*version).into())).collect();
    let manifest = serde_json::json!({"private": true, "overrides": overrides});
    fs::write(new.join("package.json"), manifest.to_string()).context("cannot write package.json")?;
    let mut npm = Command::new(npm);
    npm.args(["install", "--silent", "--no-fund", "--no-audit", "--omit=optional"]);
    npm.arg(format!("{name}@{version}")).current_dir(&new);
    program::output(&mut npm).with_context(|| format!("cannot install {name} {version}"))?;
    if fs::rename(&new, &home).is_err() {
        folder::delete(&new)?;
    }
    if program.exists() {
        Ok(program)
    } else {
        bail!("{} is missing after the installation", program.display())
    }
}
