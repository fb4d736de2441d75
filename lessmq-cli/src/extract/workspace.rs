//! What cargo says about the workspace.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::sources::Library;

/// A cargo workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    /// The manifest that cargo was pointed to, or that stands nearest above the current directory.
    #[serde(skip)]
    manifest: Option<PathBuf>,
}

/// A member of the workspace.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// What its manifest tells people.
    #[serde(flatten)]
    pub(crate) about: About,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<Target>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// What it tells tools.
    #[serde(default)]
    metadata: serde_json::Value,
}

impl Package {
    /// Whether it says that its interfaces are nobody's contract, as examples and tests do:
    /// `[package.metadata.lessmq]` with `contract = false`.
    pub(crate) fn has_no_contract(&self) -> bool {
        self.metadata.pointer("/lessmq/contract") == Some(&serde_json::Value::Bool(false))
    }
}

/// Who made a package, and on what terms.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct About {
    pub(crate) license: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) rust_version: Option<String>,
    pub(crate) authors: Vec<String>,
}

/// Something that cargo builds of a package.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    kind: Vec<String>,
    pub(crate) src_path: PathBuf,
}

/// What a package says of a dependency.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dependency {
    name: String,
    kind: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) req: String,
    pub(crate) registry: Option<String>,
    pub(crate) path: Option<PathBuf>,
}

impl Workspace {
    /// Asks cargo for the workspace of `manifest`, or of the current directory.
    pub(crate) fn load(manifest: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(cargo());
        command.args(["metadata", "--no-deps", "--format-version", "1", "--quiet"]);
        if let Some(manifest) = manifest {
            command.arg("--manifest-path").arg(manifest);
        }
        let output = command.stderr(Stdio::piped()).output().map_err(cannot_run_cargo)?;
        if !output.status.success() {
            return Err(no_workspace(&String::from_utf8_lossy(&output.stderr)));
        }
        let mut workspace: Self = serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::new("cannot read what `cargo metadata` says").because(error))?;
        workspace.manifest = match manifest {
            Some(manifest) => manifest.canonicalize().ok(),
            None => nearest_manifest(),
        };
        Ok(workspace)
    }

    /// The package in whose directory we are; `None` at a root that is no package.
    pub(crate) fn current(&self) -> Option<&Package> {
        let manifest = self.manifest.as_ref()?;
        self.packages
            .iter()
            .find(|package| package.manifest_path.canonicalize().ok().as_ref() == Some(manifest))
    }

    /// Whether we are at the top of the workspace.
    pub(crate) fn is_at_root(&self) -> bool {
        let directory = self.manifest.as_deref().and_then(Path::parent);
        directory.is_some() && directory == self.root.canonicalize().ok().as_deref()
    }

    /// Whether who asks from here, and names no package, means all packages.
    pub(crate) fn is_meant_as_a_whole(&self) -> bool {
        self.packages.len() == 1 || self.is_at_root() || self.current().is_none()
    }

    pub(crate) fn package(&self, name: &str) -> Result<&Package> {
        self.packages.iter().find(|package| package.name == name).ok_or_else(|| {
            let mut names: Vec<&str> = self.packages.iter().map(|package| package.name.as_str()).collect();
            names.sort_unstable();
            Error::new(format!("no package `{name}` in the workspace {}", self.root.display()))
                .hint(format!("its packages: {}", names.join(", ")))
        })
    }

    /// The library of a package, and those of other members that it depends on, the nearest first.
    pub(crate) fn libraries(&self, package: &Package) -> Vec<Library> {
        let mut queue = vec![package];
        let mut next = 0;
        while let Some(package) = queue.get(next).copied() {
            next += 1;
            let ordinary = |one: &&Dependency| one.kind.is_none() && one.name != "lessmq";
            for dependency in package.dependencies.iter().filter(ordinary) {
                let Some(path) = &dependency.path else { continue };
                let member = self.packages.iter().find(|member| member.directory() == path);
                let known = |member: &&Package| queue.iter().any(|known| known.name == member.name);
                queue.extend(member.filter(|member| !known(member)));
            }
        }
        let library =
            |target: &Target| Library { root_file: target.src_path.clone(), crate_name: target.crate_name() };
        queue.into_iter().filter_map(|package| package.library().map(library)).collect()
    }

    /// A path as people in this workspace write it.
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
        let linkable = |kind: &String| ["lib", "rlib", "dylib"].contains(&kind.as_str());
        self.targets.iter().find(|target| target.kind.iter().any(linkable))
    }

    pub(crate) fn binaries(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"))
    }

    /// How the package depends on LessMQ, if it does.
    pub(crate) fn lessmq(&self) -> Option<&Dependency> {
        let lessmq = |dependency: &&Dependency| dependency.name == "lessmq" && dependency.kind.is_none();
        self.dependencies.iter().find(lessmq)
    }
}

impl Target {
    /// The target's name in Rust.
    pub(crate) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// The cargo that runs us, or the one in the path.
pub(crate) fn cargo() -> std::ffi::OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

pub(crate) fn cannot_run_cargo(error: std::io::Error) -> Error {
    Error::new("cannot run cargo").because(error).hint("install Rust from https://rustup.rs")
}

fn no_workspace(talk: &str) -> Error {
    let mut lines = talk.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "Caused by:");
    let first = lines.next().unwrap_or("it said nothing").trim_start_matches("error: ");
    let error = Error::new("cargo cannot read the workspace").because(first);
    let error = lines.fold(error, |error, line| error.because(line));
    error.hint("run this in a cargo workspace, or give --manifest-path PATH/Cargo.toml")
}

fn nearest_manifest() -> Option<PathBuf> {
    let here = env::current_dir().ok()?.canonicalize().ok()?;
    here.ancestors().map(|directory| directory.join("Cargo.toml")).find(|manifest| manifest.is_file())
}
