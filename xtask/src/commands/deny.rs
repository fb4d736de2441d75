//! `cargo xtask deny`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use xtask::program::{cargo, find, run as run_program, workspace};

const VERSION: &str = "0.20.2";

/// Checks the dependencies against `deny.toml`.
///
/// Advisories are not checked: their database changes every day, so the result would change without a commit.
pub(crate) fn run() -> Result<()> {
    let program = installed()?;
    let mut command = Command::new(program);
    command.args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]).current_dir(workspace());
    run_program(&mut command)
}

/// `cargo-deny` from the search path, or the copy in `target/tools`, which is built when it is first needed.
fn installed() -> Result<PathBuf> {
    let tools = workspace().join("target/tools");
    if let Some(program) = find("cargo-deny", &[tools.join("bin")]) {
        return Ok(program);
    }
    eprintln!("building cargo-deny; this takes a minute or two, once");
    // Without optimisation, the build is more than twice as fast, and the check still takes only seconds.
    let install = ["install", "--locked", "--quiet", "--debug", "--version", VERSION, "cargo-deny", "--root"];
    run_program(cargo(install).arg(&tools).env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
    Ok(tools.join("bin/cargo-deny"))
}
