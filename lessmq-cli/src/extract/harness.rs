//! The program that prints the contracts: one generated crate that links the packages' libraries.
//!
//! It is a workspace of its own below the target directory, with the lock file, the profiles and the patches of the
//! inspected workspace, so that what was compiled for that is used here. Nothing of a service is run: the libraries
//! are linked, and LessMQ's registry tells what they declare.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::process::{Command, Stdio};

use toml::{Table, Value};
use url::Url;

use super::Features;
use super::build;
use super::select::Candidate;
use super::transcript::START;
use super::workspace::{Dependency, Workspace};
use crate::error::{Error, Result};
use crate::output::Talk;
use crate::replace::replace;

/// What the program is, before it stands anywhere.
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
        let mut manifest = settings(workspace)?;
        manifest.insert("dependencies".to_owned(), dependencies.into());
        let program = program(candidates);
        let name = format!("lessmq-contracts-{:016x}", fingerprint(&manifest, &program));
        Ok(Self { name, manifest, program })
    }

    /// Writes, compiles and runs it. What it says is returned; the compiler's errors go to whoever listens, without
    /// its warnings, which belong to builds.
    pub(crate) fn run(&self, workspace: &Workspace, offline: bool, talk: &Talk) -> Result<String> {
        let directory = workspace.target.join("lessmq").join(&self.name);
        self.write(workspace, &directory).map_err(|error| {
            Error::new(format!("cannot write below {}", directory.display()))
                .because(error)
                .hint("set CARGO_TARGET_DIR to a directory that you may write to")
        })?;
        let program = build::build(workspace, &directory, offline, talk)?;
        let output = Command::new(&program)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| Error::new(format!("cannot run {}", program.display())).because(error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(Error::new("a contract cannot be built from its types")
            .because(format_args!("the program that asks for it ended with {}", output.status))
            .hint("a panic above names the place: look at the JsonSchema implementation there"))
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

/// Writes a file that somebody else may be reading; leaves one alone that is right.
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

/// What the workspace's root manifest says of all its packages: patches and profiles.
fn settings(workspace: &Workspace) -> Result<Table> {
    let path = workspace.root.join("Cargo.toml");
    let unreadable =
        |error: &dyn std::fmt::Display| Error::new(format!("cannot read {}", path.display())).because(error);
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

/// The package itself as a dependency.
fn inspected(candidate: &Candidate<'_>, features: &Features) -> Table {
    let mut dependency = Table::new();
    dependency.insert("package".to_owned(), candidate.package.name.clone().into());
    dependency.insert("path".to_owned(), text(candidate.package.directory()));
    dependency.insert("default-features".to_owned(), (!features.no_default).into());
    let wanted: Vec<Value> = features.of(candidate.package).into_iter().map(Value::String).collect();
    dependency.insert("features".to_owned(), wanted.into());
    dependency
}

/// The same LessMQ that the packages use: another copy would have another registry, and find it empty.
fn lessmq(candidates: &[Candidate<'_>]) -> Result<Table> {
    let mut found: Option<(Table, &str)> = None;
    for candidate in candidates {
        let name = candidate.package.name.as_str();
        let Some(declared) = candidate.package.lessmq() else {
            return Err(Error::new(format!(
                "package `{name}` declares interfaces and does not depend on lessmq"
            ))
            .hint("add lessmq to its [dependencies]"));
        };
        let dependency = dependency(declared);
        match &found {
            Some((other, of)) if *other != dependency => {
                return Err(Error::new(format!(
                    "packages `{of}` and `{name}` use different versions of lessmq"
                ))
                .hint("look into them one at a time, with -p"));
            }
            _ => found = Some((dependency, name)),
        }
    }
    let (mut dependency, _) = found.ok_or_else(|| Error::new("no package to look into"))?;
    dependency.insert("default-features".to_owned(), false.into());
    dependency.insert("features".to_owned(), Value::Array(vec!["macros".into()]));
    Ok(dependency)
}

/// A dependency as it is written in a manifest.
pub(crate) fn dependency(declared: &Dependency) -> Table {
    let mut table = Table::new();
    let mut set = |key: &str, value: Value| {
        table.insert(key.to_owned(), value);
    };
    if let Some(path) = &declared.path {
        set("path", text(path));
        return table;
    }
    let git = declared.source.as_deref().and_then(|source| source.strip_prefix("git+"));
    if let Some(mut address) = git.and_then(|git| Url::parse(git).ok()) {
        for (key, value) in address.query_pairs() {
            if ["branch", "tag", "rev"].contains(&&*key) {
                set(&key, value.as_ref().into());
            }
        }
        address.set_query(None);
        address.set_fragment(None);
        set("git", address.as_str().into());
    }
    if declared.req != "*" {
        set("version", declared.req.as_str().into());
    }
    if let Some(registry) = &declared.registry {
        set("registry-index", registry.as_str().into());
    }
    table
}

fn text(path: &Path) -> Value {
    Value::String(path.display().to_string())
}

fn program(candidates: &[Candidate<'_>]) -> String {
    let mut program = String::new();
    let mut names = String::new();
    for (index, candidate) in candidates.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = writeln!(program, "extern crate {} as _;", crate_name(index));
        let _ = write!(names, "{:?}, ", candidate.package.name);
    }
    program + &TEMPLATE.replace("{start}", START).replace("{packages}", &names)
}

/// See [`transcript`](super::transcript) for what it prints.
const TEMPLATE: &str = r#"
fn main() {
    println!("\n{start}");
    for package in [{packages}] {
        for interface in lessmq::registry::registered_interfaces().filter(|interface| interface.package == package) {
            let contract = (interface.contract)();
            let kind = if contract.events().next().is_none() { "methods" } else { "events" };
            println!("interface {package} {} {} {} {kind}", interface.module, interface.name, contract.service);
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

    /// What cargo says of a dependency, and how it is written in a manifest.
    fn check(said: &str, expected: &str) {
        let declared: Dependency = serde_json::from_str(said).expect("as cargo says it");
        assert_eq!(dependency(&declared).to_string().trim(), expected);
    }

    #[test]
    fn a_dependency_is_written_as_it_was_declared() {
        check(r#"{"name": "lessmq", "req": "*", "path": "/lessmq"}"#, r#"path = "/lessmq""#);
        check(
            r#"{"name": "lessmq", "req": "^0.1", "source": "registry+https://github.com/rust-lang/crates.io-index"}"#,
            r#"version = "^0.1""#,
        );
        check(
            r#"{"name": "lessmq", "req": "^0.1", "source": "registry+https://a.example", "registry": "https://a.example"}"#,
            "registry-index = \"https://a.example\"\nversion = \"^0.1\"",
        );
        check(
            r#"{"name": "lessmq", "req": "*", "source": "git+https://a.example/lessmq?branch=fix%2Fone"}"#,
            "branch = \"fix/one\"\ngit = \"https://a.example/lessmq\"",
        );
        check(
            r#"{"name": "lessmq", "req": "*", "source": "git+ssh://git@a.example/lessmq.git"}"#,
            r#"git = "ssh://git@a.example/lessmq.git""#,
        );
    }

    #[test]
    fn paths_of_patches_stay_where_they_are() {
        let mut patch: Value =
            "[crates-io]\nlessmq = { path = \"../lessmq\" }".parse::<Table>().expect("it is TOML").into();
        make_paths_absolute(&mut patch, Path::new("/project"));
        assert_eq!(patch["crates-io"]["lessmq"]["path"].as_str(), Some("/project/../lessmq"));
    }
}
