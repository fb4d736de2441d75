//! A service whose contract is released, and where to.

use std::path::Path;
use std::process::Command;

use xtask::registries::Registry;

use crate::support::{Output, Project};

/// A service with one call, in version 1.2.0.
const SHOP: &str = r#"
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was ordered.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Its number.
    pub number: u32,
    /// What it costs.
    pub price: u32,
}

/// Orders.
#[lessmq::interface(service = "shop")]
pub trait Orders {
    /// One order.
    async fn order(&self, number: u32) -> Order;
}
"#;

/// A service in a git repository in which all is committed.
pub(super) fn shop(name: &str) -> Project {
    let project = Project::package(name, SHOP);
    project.replace("Cargo.toml", "lessmq = { path", "lessmq = { version = \"0.1.0\", path");
    project.replace("Cargo.toml", "edition = \"2024\"", "edition = \"2024\"\nlicense = \"MIT\"");
    use_own_lessmq(&project);
    project.write(".gitignore", "/target\n");
    git(&project, &["init", "--quiet", "--initial-branch", "main"]);
    project
}

/// Users of a released crate get LessMQ from crates.io: here from this repository.
pub(super) fn use_own_lessmq(project: &Project) {
    let lessmq = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessmq").canonicalize().unwrap();
    project.write(".cargo/config.toml", &format!("[patch.crates-io]\nlessmq = {{ path = {lessmq:?} }}\n"));
}

/// The same, with the contract crate written.
pub(super) fn written_shop(name: &str) -> Project {
    let project = shop(name);
    write_and_commit(&project);
    project.replace("Cargo.toml", "[workspace]\n", "[workspace]\nmembers = [\"contracts/*\"]\n");
    commit(&project);
    project
}

/// Writes the contract crate and commits all.
pub(super) fn write_and_commit(project: &Project) {
    let output = project.cli(["publish"]);
    assert_eq!(output.exit, 0, "{output:?}");
    commit(project);
}

pub(super) fn commit(project: &Project) {
    git(project, &["add", "--all"]);
    git(
        project,
        &["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", "All"],
    );
}

pub(super) fn git(project: &Project, arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).current_dir(&project.root).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(super) fn set_version(project: &Project, from: &str, to: &str) {
    project.replace(
        "Cargo.toml",
        &format!("version = \"{from}\"\nedition"),
        &format!("version = \"{to}\"\nedition"),
    );
}

/// What the binary said, without what changes from day to day.
pub(super) fn redacted(output: Output, registry: Option<&Registry>) -> Output {
    match registry {
        Some(registry) => output.redact(registry.url(), "[REGISTRY]"),
        None => output,
    }
}

/// Lets the project know of a registry of crates by the name `local`.
pub(super) fn use_registry(project: &mut Project, registry: &Registry) {
    project.environment.extend([
        ("CARGO_NET_OFFLINE", "false".to_owned()),
        ("CARGO_REGISTRIES_LOCAL_INDEX", format!("sparse+{}", registry.url())),
        ("CARGO_REGISTRIES_LOCAL_TOKEN", TOKEN.to_owned()),
    ]);
}

pub(super) const TOKEN: &str = "a-token-that-nobody-may-see";

/// A token for the npm registry, which must not ask twice when it does not answer.
pub(super) fn use_npm(project: &mut Project, registry: &Registry) {
    // Not in the project: it would be one file there that is not committed.
    let settings = project.root.with_extension("npmrc");
    let place = registry.url().trim_start_matches("http:");
    std::fs::write(&settings, format!("{place}:_authToken={TOKEN}\nfetch-retries=0\n")).unwrap();
    project.environment.push(("NPM_CONFIG_USERCONFIG", settings.display().to_string()));
}

/// An empty repository that can be pushed to.
pub(super) fn bare_repository(name: &str) -> Project {
    let repository = Project::empty(name);
    git(&repository, &["init", "--quiet", "--bare", "--initial-branch", "main"]);
    repository
}
