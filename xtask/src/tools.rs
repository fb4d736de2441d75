//! The compilers and type checkers of other languages, which the tests of generated code need.
//!
//! They are installed into `target/tools` once, in the versions that are pinned here. `node`, `npm` and Python are those of
//! the system. If they are missing and this process is root, apt-get installs them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::account::is_root;
use crate::program;

/// The npm package of the TypeScript compiler.
const TYPESCRIPT: &str = "typescript@7.0.2";
/// The Python package of the type checker.
const MYPY: &str = "mypy==2.4.1";

/// A tool and the environment variable by which tests find it.
pub type Tool = (&'static str, PathBuf);

/// Finds or installs every tool. Variables that are set are not changed.
///
/// # Errors
/// If one is missing and cannot be installed. The error says what to install.
pub fn ready() -> Result<Vec<Tool>> {
    Ok(vec![
        given_or("LESSMQ_TEST_NODE", || system("node", &["nodejs", "npm"]))?,
        given_or("LESSMQ_TEST_TSC", || typescript(&home().join("typescript")))?,
        given_or("LESSMQ_TEST_PYTHON", || python(&home().join("python")))?,
    ])
}

fn given_or(variable: &'static str, find: impl FnOnce() -> Result<PathBuf>) -> Result<Tool> {
    if let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()) {
        return Ok((variable, path.into()));
    }
    Ok((variable, find().with_context(|| format!("cannot find or install the tool for {variable}"))?))
}

/// A program of the system. If it is missing, it is installed with `packages`.
fn system(name: &str, packages: &[&str]) -> Result<PathBuf> {
    if let Some(path) = program::find(name, &[]) {
        return Ok(path);
    }
    let typed = packages.join(" ");
    if !is_root() || program::find("apt-get", &[]).is_none() {
        bail!("{name} is not installed: install it (Debian, Ubuntu: `sudo apt-get install {typed}`)");
    }
    eprintln!("installing {typed} with apt-get; this takes a minute");
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command.args(["-o", "DPkg::Lock::Timeout=300", "-qq"]);
        command
    };
    program::output(apt().arg("update"))?;
    program::output(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))?;
    program::find(name, &[]).with_context(|| format!("apt-get installed {typed}, but {name} was not found"))
}

/// The TypeScript compiler, `tsc`.
///
/// # Errors
/// If it is missing and cannot be installed.
pub fn compiler_of_typescript() -> Result<PathBuf> {
    Ok(given_or("LESSMQ_TEST_TSC", || typescript(&home().join("typescript")))?.1)
}

/// The package manager of Node.js.
pub(crate) fn npm() -> Result<PathBuf> {
    system("npm", &["nodejs", "npm"])
}

/// The folder of all tools.
pub(crate) fn home() -> PathBuf {
    program::workspace().join("target/tools")
}

fn typescript(folder: &Path) -> Result<PathBuf> {
    let compiler = folder.join("node_modules/typescript/bin/tsc");
    installed(folder, TYPESCRIPT, || {
        let mut command = Command::new(npm()?);
        command.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(folder).arg(TYPESCRIPT);
        program::output(&mut command).map(drop)
    })?;
    Ok(compiler)
}

fn python(folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    installed(folder, MYPY, || {
        let system = system("python3", &["python3", "python3-venv"])?;
        let made = program::output(Command::new(system).args(["-m", "venv"]).arg(folder));
        made.context("Python has no venv (Debian, Ubuntu: `sudo apt-get install python3-venv`)")?;
        let mut command = Command::new(&python);
        command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", MYPY]);
        program::output(&mut command).map(drop)
    })?;
    Ok(python)
}

/// Installs a package into an empty folder, unless it is installed. An incomplete installation is started again.
fn installed(folder: &Path, package: &str, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let note = folder.join("installed");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == package) {
        return Ok(());
    }
    eprintln!("installing {package} into {}", folder.display());
    crate::folder::delete(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    install().with_context(|| format!("cannot install {package}"))?;
    fs::write(&note, package).with_context(|| format!("cannot write {}", note.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_installed_once_for_each_version() {
        let folder = crate::folder::create_for("tools-test", None).expect("target is writable");
        let mut count = 0;
        for package in ["a@1", "a@1", "a@2"] {
            installed(&folder, package, || {
                count += 1;
                Ok(())
            })
            .expect("the installation succeeds");
        }
        assert_eq!(count, 2);
        installed(&folder, "a@3", || bail!("the network is down")).expect_err("it fails");
        installed(&folder, "a@3", || Ok(())).expect("a failed installation is retried");
        crate::folder::delete(&folder).expect("it can be deleted");
    }

    #[test]
    fn the_error_of_a_missing_tool_names_its_variable() {
        let error = given_or("LESSMQ_TEST_NO_SUCH_TOOL", || bail!("it does not exist"))
            .expect_err("it does not exist");
        assert_eq!(
            format!("{error:#}"),
            "cannot find or install the tool for LESSMQ_TEST_NO_SUCH_TOOL: it does not exist"
        );
    }
}
