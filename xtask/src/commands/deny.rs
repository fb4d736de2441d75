//! `cargo xtask deny`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use xtask::program::{cargo, find, run as run_program, workspace};

const VERSION: &str = "0.20.2";

/// Checks the dependencies against `deny.toml`.
///
/// Advisories are left out: their database changes every day, so that what passed yesterday would fail today.
pub(crate) fn run() -> Result<()> {
    let program = installed()?;
    let mut command = Command::new(program);
    command.args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]).current_dir(workspace());
    run_program(&mut command)
}

/// `cargo-deny` from the search path, or the project's own copy, which is built when it is first needed.
fn installed() -> Result<PathBuf> {
    let tools = workspace().join("target/tools");
    if let Some(program) = find("cargo-deny", &[tools.join("bin")]) {
        return Ok(program);
    }
    eprintln!("building cargo-deny, once; this takes a minute or two");
    // Without optimisation it builds more than twice as fast, and still checks in seconds.
    let install = ["install", "--locked", "--quiet", "--debug", "--version", VERSION, "cargo-deny", "--root"];
    run_program(cargo(install).arg(&tools).env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
    Ok(tools.join("bin/cargo-deny"))
}
