//! A cargo workspace, as `cargo metadata` describes it.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use semver::Version;
use serde::Deserialize;
use toml::{Table, Value};
use url::Url;

use crate::package_spec::PackageSpec;
use crate::program;
use crate::report::{Error, Result};
use crate::syntax::Library;

/// A cargo workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    /// The manifest that the user named, or the nearest one above the current directory.
    #[serde(skip)]
    manifest: Option<PathBuf>,
}

/// A member of the workspace.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    version: Version,
    #[serde(flatten)]
    pub(crate) about: About,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<Target>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// The table `package.metadata`.
    #[serde(default)]
    metadata: serde_json::Value,
}

/// Authors, license and the like, which a contract crate takes from its package.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct About {
    pub(crate) license: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) rust_version: Option<String>,
    pub(crate) authors: Vec<String>,
}

/// Something that cargo builds from a package.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Target {
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
}

/// A dependency of a package.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    kind: Option<String>,
    source: Option<String>,
    pub(crate) req: String,
    #[serde(default)]
    pub(crate) features: Vec<String>,
    registry: Option<String>,
    path: Option<PathBuf>,
}

impl Workspace {
    /// Asks cargo for the workspace of `manifest`, or of the current directory.
    pub(crate) fn load(manifest: Option<&Path>) -> Result<Self> {
        let mut command = program::cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1", "--quiet"]);
        if let Some(manifest) = manifest {
            command.arg("--manifest-path").arg(manifest);
        }
        let output = command.stderr(Stdio::piped()).output();
        let output = output.map_err(|error| program::cannot_run("cargo".as_ref(), error))?;
        if !output.status.success() {
            return Err(no_workspace_error(&String::from_utf8_lossy(&output.stderr)));
        }
        let mut workspace: Self = serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::new("cannot parse the output of `cargo metadata`").because(error))?;
        workspace.manifest = match manifest {
            Some(manifest) => manifest.canonicalize().ok(),
            None => nearest_manifest(),
        };
        Ok(workspace)
    }

    /// The package of the current directory; `None` in a virtual workspace.
    pub(crate) fn current(&self) -> Option<&Package> {
        let manifest = self.manifest.as_ref()?;
        self.packages
            .iter()
            .find(|package| package.manifest_path.canonicalize().ok().as_ref() == Some(manifest))
    }

    /// Whether the current directory is the top of the workspace.
    fn is_at_root(&self) -> bool {
        let directory = self.manifest.as_deref().and_then(Path::parent);
        directory.is_some() && directory == self.root.canonicalize().ok().as_deref()
    }

    /// Whether a command without package names is about all packages.
    pub(crate) fn selects_all(&self) -> bool {
        self.packages.len() == 1 || self.is_at_root() || self.current().is_none()
    }

    pub(crate) fn package(&self, name: &str) -> Result<&Package> {
        self.packages.iter().find(|package| package.name == name).ok_or_else(|| self.no_package_error(name))
    }

    /// The packages that a value of `-p` selects.
    pub(crate) fn select(&self, spec: &str) -> Result<Vec<&Package>> {
        let parsed = PackageSpec::parse(spec)?;
        let is_selected =
            |package: &&Package| parsed.matches(&package.name, &package.version, package.directory());
        let selected: Vec<&Package> = self.packages.iter().filter(is_selected).collect();
        if selected.is_empty() { Err(self.no_package_error(spec)) } else { Ok(selected) }
    }

    fn no_package_error(&self, spec: &str) -> Error {
        let mut names: Vec<String> =
            self.packages.iter().map(|package| format!("{}@{}", package.name, package.version)).collect();
        names.sort_unstable();
        Error::new(format!("no package `{spec}` in the workspace `{}`", self.root.display()))
            .hint(format!("select one of its packages: {}", names.join(", ")))
    }

    /// The library of a package and those of other members that it depends on, the nearest first.
    pub(crate) fn libraries(&self, package: &Package) -> Vec<Library> {
        let members = self.with_members(package).into_iter();
        members.filter_map(|package| package.library().map(Target::source)).collect()
    }

    /// A package and the other members that it depends on, the nearest first.
    pub(crate) fn with_members<'w>(&'w self, package: &'w Package) -> Vec<&'w Package> {
        let mut queue = vec![package];
        let mut next = 0;
        while let Some(package) = queue.get(next).copied() {
            next += 1;
            let is_ordinary =
                |dependency: &&Dependency| dependency.kind.is_none() && dependency.name != "lessmq";
            for dependency in package.dependencies.iter().filter(is_ordinary) {
                let Some(path) = &dependency.path else { continue };
                let member = self.packages.iter().find(|member| member.directory() == path);
                let is_known = |member: &&Package| queue.iter().any(|known| known.name == member.name);
                queue.extend(member.filter(|member| !is_known(member)));
            }
        }
        queue
    }

    /// A path from the top of the workspace, for people.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

impl Package {
    pub(crate) fn directory(&self) -> &Path {
        self.manifest_path.parent().unwrap_or_else(|| Path::new("."))
    }

    /// The target that other crates can depend on.
    pub(crate) fn library(&self) -> Option<&Target> {
        let is_linkable = |kind: &String| ["lib", "rlib", "dylib"].contains(&kind.as_str());
        self.targets.iter().find(|target| target.kind.iter().any(is_linkable))
    }

    pub(crate) fn binaries(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"))
    }

    /// Its dependency on LessMQ.
    pub(crate) fn lessmq(&self) -> Option<&Dependency> {
        let is_lessmq = |dependency: &&Dependency| dependency.name == "lessmq" && dependency.kind.is_none();
        self.dependencies.iter().find(is_lessmq)
    }

    /// Whether the package opts out of contracts, as examples and tests do: `[package.metadata.lessmq]` with `contract
    /// = false`.
    pub(crate) fn opts_out(&self) -> bool {
        self.metadata.pointer("/lessmq/contract") == Some(&serde_json::Value::Bool(false))
    }
}

impl Target {
    /// Its source code as that of a library.
    pub(crate) fn source(&self) -> Library {
        Library { root_file: self.src_path.clone(), crate_name: self.name.replace('-', "_") }
    }
}

impl Dependency {
    /// Whether it is an ordinary dependency on a release at crates.io, which the consumers of a contract can use too.
    pub(crate) fn is_released(&self) -> bool {
        self.kind.is_none() && self.path.is_none() && self.registry.is_none() && !self.is_from_git()
    }

    fn is_from_git(&self) -> bool {
        self.source.as_deref().is_some_and(|source| source.starts_with("git+"))
    }

    /// The dependency as a manifest declares it.
    pub(crate) fn to_manifest(&self) -> Table {
        let mut table = Table::new();
        let mut set = |key: &str, value: Value| {
            table.insert(key.to_owned(), value);
        };
        if let Some(path) = &self.path {
            set("path", Value::String(path.display().to_string()));
            return table;
        }
        let git = self.source.as_deref().and_then(|source| source.strip_prefix("git+"));
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
        if self.req != "*" {
            set("version", self.req.as_str().into());
        }
        if let Some(registry) = &self.registry {
            set("registry-index", registry.as_str().into());
        }
        table
    }
}

fn no_workspace_error(stderr: &str) -> Error {
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "Caused by:");
    let first = program::without_severity(lines.next().unwrap_or("it printed no error"));
    let error = Error::new("cargo cannot read the workspace").because(first);
    let error = lines.fold(error, |error, line| error.because(line));
    error.hint("run this in a cargo workspace, or give --manifest-path PATH/Cargo.toml")
}

fn nearest_manifest() -> Option<PathBuf> {
    let here = env::current_dir().ok()?.canonicalize().ok()?;
    here.ancestors().map(|directory| directory.join("Cargo.toml")).find(|manifest| manifest.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks how a dependency, as `cargo metadata` describes it, is written in a manifest.
    fn check(metadata: &str, expected: &str) {
        let dependency: Dependency = serde_json::from_str(metadata).expect("cargo writes it so");
        assert_eq!(dependency.to_manifest().to_string().trim(), expected);
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
}
