//! A service whose contract is released, and the targets.

use std::path::Path;
use std::process::Command;

use xtask::registries::Registry;

use crate::support::{Output, Project};

/// A service with one call, in version 1.2.0.
const SHOP: &str = r#"
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Its number.
    pub number: u32,
    /// Its price.
    pub price: u32,
}

/// Orders.
#[lessmq::interface(service = "shop")]
pub trait Orders {
    /// One order.
    async fn order(&self, number: u32) -> Order;
}
"#;

/// A service in a git repository without uncommitted changes.
pub(super) fn shop(name: &str) -> Project {
    let project = Project::package(name, SHOP);
    project.replace("Cargo.toml", "lessmq = { path", "lessmq = { version = \"0.1.0\", path");
    project.replace("Cargo.toml", "edition = \"2024\"", "edition = \"2024\"\nlicense = \"MIT\"");
    use_own_lessmq(&project);
    project.write(".gitignore", "/target\n");
    git(&project, &["init", "--quiet", "--initial-branch", "main"]);
    project
}

/// Replaces LessMQ of crates.io, on which a released crate depends, by this repository's.
pub(super) fn use_own_lessmq(project: &Project) {
    let lessmq = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessmq").canonicalize().unwrap();
    project.write(".cargo/config.toml", &format!("[patch.crates-io]\nlessmq = {{ path = {lessmq:?} }}\n"));
}

/// The service with its contract crate written.
pub(super) fn written_shop(name: &str) -> Project {
    let project = shop(name);
    write_and_commit(&project);
    project.replace("Cargo.toml", "[workspace]\n", "[workspace]\nmembers = [\"contracts/*\"]\n");
    commit(&project);
    project
}

/// Writes the contract crate and commits it.
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

/// The output without dates and ports.
pub(super) fn redacted(output: Output, registry: Option<&Registry>) -> Output {
    match registry {
        Some(registry) => output.redact(registry.url(), "[REGISTRY]"),
        None => output,
    }
}

/// Configures a registry of crates with the name `local`.
pub(super) fn use_registry(project: &mut Project, registry: &Registry) {
    project.environment.extend([
        ("CARGO_NET_OFFLINE", "false".to_owned()),
        ("CARGO_REGISTRIES_LOCAL_INDEX", format!("sparse+{}", registry.url())),
        ("CARGO_REGISTRIES_LOCAL_TOKEN", TOKEN.to_owned()),
    ]);
}

pub(super) const TOKEN: &str = "a-token-that-nobody-may-see";

/// Configures npm with a token for the registry, and without retries.
pub(super) fn use_npm(project: &mut Project, registry: &Registry) {
    // Outside of the project, in which it would be an uncommitted file.
    let settings = project.root.with_extension("npmrc");
    let place = registry.url().trim_start_matches("http:");
    std::fs::write(&settings, format!("{place}:_authToken={TOKEN}\nfetch-retries=0\n")).unwrap();
    project.environment.push(("NPM_CONFIG_USERCONFIG", settings.display().to_string()));
}

/// An empty bare repository.
pub(super) fn bare_repository(name: &str) -> Project {
    let repository = Project::empty(name);
    git(&repository, &["init", "--quiet", "--bare", "--initial-branch", "main"]);
    repository
}
