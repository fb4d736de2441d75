//! The program that prints the contracts: a generated crate that links the libraries of the packages.
//!
//! The crate is its own workspace below the target directory. It has the lock file, the profiles and the patches of the
//! inspected workspace, so that compiled dependencies are reused. No service runs: the program only links the libraries
//! and prints what LessMQ's registry contains.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use toml::{Table, Value};

use super::Features;
use super::build;
use super::select::Candidate;
use super::transcript::START;
use crate::replace::replace;
use crate::report::{Error, Reporter, Result};
use crate::workspace::Workspace;

/// The generated crate, before it is written.
pub(crate) struct Harness {
    name: String,
    manifest: Table,
    program: String,
}

impl Harness {
    /// A program that prints the contracts of `candidates`.
    pub(crate) fn new(
        workspace: &Workspace,
        candidates: &[Candidate<'_>],
        features: &Features,
    ) -> Result<Self> {
        let mut dependencies = Table::new();
        for (index, candidate) in candidates.iter().enumerate() {
            dependencies.insert(crate_name(index), inspected(candidate, features).into());
        }
        dependencies.insert("lessmq".to_owned(), lessmq(candidates)?.into());
        let mut manifest = workspace_settings(workspace)?;
        manifest.insert("dependencies".to_owned(), dependencies.into());
        let program = program(candidates);
        let name = format!("lessmq-contracts-{:016x}", fingerprint(&manifest, &program));
        Ok(Self { name, manifest, program })
    }

    /// Writes, compiles and runs the program, and returns what it prints.
    pub(crate) fn run(
        &self,
        workspace: &Workspace,
        offline: bool,
        reporter: &dyn Reporter,
    ) -> Result<String> {
        let directory = self.directory(workspace);
        self.write(workspace, &directory).map_err(|error| {
            Error::new(format!("cannot write to `{}`", directory.display()))
                .because(error)
                .hint("set CARGO_TARGET_DIR to a directory that you may write to")
        })?;
        let program = build::build(workspace, &directory, offline, reporter)?;
        let output = Command::new(&program)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| Error::new(format!("cannot run `{}`", program.display())).because(error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(Error::new("cannot build a contract from its types")
            .because(format_args!("the program that builds it ended with {}", output.status))
            .hint("find the panic above, and fix the JsonSchema implementation that it names"))
    }

    /// The directory of the crate.
    pub(crate) fn directory(&self, workspace: &Workspace) -> PathBuf {
        workspace.target.join("lessmq").join(&self.name)
    }

    fn write(&self, workspace: &Workspace, directory: &Path) -> std::io::Result<()> {
        let mut manifest = self.manifest.clone();
        let mut package = Table::new();
        package.insert("name".to_owned(), self.name.clone().into());
        package.insert("version".to_owned(), "0.0.0".into());
        package.insert("edition".to_owned(), "2021".into());
        package.insert("publish".to_owned(), false.into());
        manifest.insert("package".to_owned(), package.into());
        update(&directory.join("Cargo.toml"), manifest.to_string().as_bytes())?;
        update(&directory.join("src/main.rs"), self.program.as_bytes())?;
        match fs::read(workspace.root.join("Cargo.lock")) {
            Ok(lock) => update(&directory.join("Cargo.lock"), &lock),
            // Without a lock file cargo chooses the versions, as it would for the workspace.
            Err(_) => Ok(()),
        }
    }
}

/// Writes a file that a concurrent run may be reading, unless it has this content already.
fn update(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    replace(path, content)
}

fn fingerprint(manifest: &Table, program: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    manifest.to_string().hash(&mut hasher);
    program.hash(&mut hasher);
    hasher.finish()
}

fn crate_name(index: usize) -> String {
    format!("inspected_{index}")
}

/// The patches and profiles in the workspace's root manifest, for a crate that is its own workspace.
fn workspace_settings(workspace: &Workspace) -> Result<Table> {
    let path = workspace.root.join("Cargo.toml");
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::new(format!("cannot read `{}`", path.display())).because(error)
    };
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&error))?;
    let root: Table = text.parse().map_err(|error: toml::de::Error| unreadable(&error.message()))?;
    let mut settings = Table::new();
    for key in ["patch", "replace", "profile"] {
        if let Some(value) = root.get(key) {
            let mut value = value.clone();
            make_paths_absolute(&mut value, &workspace.root);
            settings.insert(key.to_owned(), value);
        }
    }
    let mut own = Table::new();
    own.insert("resolver".to_owned(), "2".into());
    settings.insert("workspace".to_owned(), own.into());
    Ok(settings)
}

fn make_paths_absolute(value: &mut Value, root: &Path) {
    let Some(table) = value.as_table_mut() else { return };
    for (key, value) in table.iter_mut() {
        match value {
            Value::String(path) if key == "path" => *path = root.join(&*path).display().to_string(),
            nested => make_paths_absolute(nested, root),
        }
    }
}

/// The package as a dependency of the harness.
fn inspected(candidate: &Candidate<'_>, features: &Features) -> Table {
    let mut dependency = Table::new();
    let directory = candidate.package.directory().display().to_string();
    dependency.insert("package".to_owned(), candidate.package.name.clone().into());
    dependency.insert("path".to_owned(), directory.into());
    dependency.insert("default-features".to_owned(), (!features.no_default).into());
    let wanted: Vec<Value> = features.selected_in(candidate.package).into_iter().map(Value::String).collect();
    dependency.insert("features".to_owned(), wanted.into());
    dependency
}

/// LessMQ exactly as the packages depend on it: another copy would have a separate, empty registry.
fn lessmq(candidates: &[Candidate<'_>]) -> Result<Table> {
    let mut found: Option<(Table, &str)> = None;
    for candidate in candidates {
        let name = candidate.package.name.as_str();
        let Some(declared) = candidate.package.lessmq() else {
            return Err(Error::new(format!(
                "package `{name}` declares interfaces but does not depend on lessmq"
            ))
            .hint("add lessmq to its [dependencies]"));
        };
        let dependency = declared.to_manifest();
        match &found {
            Some((other, of)) if *other != dependency => {
                return Err(Error::new(format!(
                    "packages `{of}` and `{name}` depend on different versions of lessmq"
                ))
                .hint("select one package at a time with -p"));
            }
            _ => found = Some((dependency, name)),
        }
    }
    let (mut dependency, _) = found.ok_or_else(|| Error::new("no package is selected"))?;
    dependency.insert("default-features".to_owned(), false.into());
    dependency.insert("features".to_owned(), Value::Array(vec!["macros".into()]));
    Ok(dependency)
}

fn program(candidates: &[Candidate<'_>]) -> String {
    let mut program = String::new();
    let mut names = String::new();
    for (index, candidate) in candidates.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(program, "extern crate {} as _;", crate_name(index));
        let _ = write!(names, "{:?}, ", candidate.package.name);
    }
    program + &TEMPLATE.replace("{start}", START).replace("{packages}", &names)
}

/// [`transcript`](super::transcript) documents what it prints.
const TEMPLATE: &str = r#"
fn main() {
    println!("\n{start}");
    for package in [{packages}] {
        for interface in lessmq::registry::registered_interfaces().filter(|interface| interface.package == package) {
            let contract = (interface.contract)();
            let kind = if contract.events().next().is_none() { "methods" } else { "events" };
            let methods = contract.methods.keys().map(String::as_str).collect::<Vec<_>>().join(",");
            let (module, name, service) = (interface.module, interface.name, &contract.service);
            println!("interface {package} {module} {name} {service} {kind} {methods}");
        }
        match lessmq::registry::contracts_of(package) {
            Ok(contracts) => {
                for contract in contracts {
                    let document = contract.to_json();
                    print!("contract {package} {}\n{document}", document.len());
                }
            }
            Err(error) => {
                let error = format!("{error:#}\n");
                print!("error {package} {}\n{error}", error.len());
            }
        }
    }
    println!("end");
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_patches_become_absolute() {
        let mut patch: Value =
            "[crates-io]\nlessmq = { path = \"../lessmq\" }".parse::<Table>().expect("it is TOML").into();
        make_paths_absolute(&mut patch, Path::new("/project"));
        assert_eq!(patch["crates-io"]["lessmq"]["path"].as_str(), Some("/project/../lessmq"));
    }
}
