//! The GitHub workflow that checks pull requests.

use std::fs;
use std::path::Path;

use semver::Version;
use serde::Deserialize;
use url::Url;

use crate::program;
use crate::report::Result;
use crate::repository::Repository;

const TEMPLATE: &str = include_str!("../../templates/contracts.yml");
/// The branch of a repository that names no other.
const DEFAULT_BRANCH: &str = "main";
const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];

/// The packages in Cargo.lock.
#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    name: String,
    version: String,
    source: Option<String>,
}

/// The workflow for a workspace, which runs in the workspace's directory.
pub(super) fn workflow(workspace: &Path, repository: &Path) -> Result<String> {
    let below = workspace.strip_prefix(repository).unwrap_or(Path::new(""));
    let below = below.display().to_string().replace('\\', "/");
    let (directory, prefix) = match below.as_str() {
        "" => (String::new(), String::new()),
        // A JSON string is a YAML string too.
        below => {
            let quoted = serde_json::Value::from(below);
            let setting = format!("\n    defaults:\n      run:\n        working-directory: {quoted}");
            (setting, format!("{below}/"))
        }
    };
    let lock = fs::read_to_string(workspace.join("Cargo.lock")).unwrap_or_default();
    let (toolchain, install_toolchain) = toolchain(workspace, repository)?;
    Ok(TEMPLATE
        .replace("{branch}", &serde_json::Value::from(default_branch(workspace)?).to_string())
        .replace("{working_directory}", &directory)
        .replace("{toolchain}", &toolchain)
        .replace("{install_toolchain}", &install_toolchain)
        .replace("{source}", &source(&lock))
        .replace("{below}", &prefix))
}

/// The default branch of the remote repository, as the clone knows it.
fn default_branch(workspace: &Path) -> Result<String> {
    let Some(repository) = Repository::find(workspace)? else { return Ok(DEFAULT_BRANCH.to_owned()) };
    let head = repository.query(&["symbolic-ref", "--short", "refs/remotes/origin/HEAD"])?;
    let branch = head.as_deref().and_then(|head| head.trim().strip_prefix("origin/"));
    Ok(branch.unwrap_or(DEFAULT_BRANCH).to_owned())
}

/// The environment of the job that selects the toolchain, and the command that installs it. A toolchain file of the
/// repository selects it; otherwise it is the one that runs now.
fn toolchain(workspace: &Path, repository: &Path) -> Result<(String, String)> {
    let is_inside = |directory: &&Path| directory.starts_with(repository);
    let has_file = |directory: &Path| TOOLCHAIN_FILES.iter().any(|name| directory.join(name).is_file());
    if workspace.ancestors().take_while(is_inside).any(has_file) {
        return Ok((String::new(), "rustup show active-toolchain || rustup toolchain install".to_owned()));
    }
    let version = running_toolchain()?;
    let environment = format!("\n    env:\n      RUSTUP_TOOLCHAIN: \"{version}\"");
    Ok((environment, format!("rustup toolchain install {version} --profile minimal --no-self-update")))
}

/// The version of the stable toolchain that runs now. For another one, the oldest that LessMQ supports.
fn running_toolchain() -> Result<String> {
    let printed = program::run(program::cargo().arg("--version"))?.text();
    let version = printed.split_whitespace().nth(1).and_then(|version| Version::parse(version).ok());
    let stable = version.filter(|version| version.pre.is_empty());
    Ok(stable.map_or_else(|| env!("CARGO_PKG_RUST_VERSION").to_owned(), |version| version.to_string()))
}

/// The arguments of `cargo install` for this tool. The tool is installed from the same source and in the same version
/// as the workspace's LessMQ. If that is a local directory, the release with the version of this program is used.
fn source(lock: &str) -> String {
    let lock = toml::from_str::<Lock>(lock).unwrap_or(Lock { package: Vec::new() });
    let lessmq = lock.package.into_iter().find(|package| package.name == "lessmq");
    let locked = lessmq.and_then(|lessmq| locked_source(&lessmq.version, lessmq.source.as_deref()?));
    let (repository, version) = (env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"));
    locked.unwrap_or_else(|| format!("--git {repository} --tag v{version} lessmq-cli"))
}

/// These arguments for a source of LessMQ in Cargo.lock. `None` if `cargo install` does not support the source.
fn locked_source(version: &str, source: &str) -> Option<String> {
    const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";
    if source == CRATES_IO {
        return Some(format!("lessmq-cli@{version}"));
    }
    let (kind, address) = source.split_once('+')?;
    let mut url = Url::parse(address).ok()?;
    let commit = url.fragment().map(str::to_owned);
    url.set_query(None);
    url.set_fragment(None);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/._@~%-".contains(c);
    match (kind, commit) {
        // Other characters could mean something to the shell.
        _ if !url.as_str().chars().all(is_plain) => None,
        ("git", Some(commit)) => Some(format!("--git {url} --rev {commit} lessmq-cli")),
        ("registry", _) => Some(format!("--index {url} lessmq-cli@{version}")),
        ("sparse", _) => Some(format!("--index sparse+{url} lessmq-cli@{version}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source of LessMQ in Cargo.lock, and where this tool is installed from.
    #[track_caller]
    fn check(locked: &str, expected: &str) {
        let lock = format!("version = 4\n[[package]]\nname = \"lessmq\"\nversion = \"0.3.1\"\n{locked}");
        assert_eq!(source(&lock), expected);
    }

    #[test]
    fn the_tool_comes_from_where_the_workspace_has_lessmq_from() {
        let release = concat!(
            "--git https://github.com/lessmq/lessmq --tag v",
            env!("CARGO_PKG_VERSION"),
            " lessmq-cli"
        );
        check("", release);
        check(
            "source = \"git+https://git.example/lessmq?tag=v0.3.1#0123456789abcdef0123456789abcdef01234567\"",
            "--git https://git.example/lessmq --rev 0123456789abcdef0123456789abcdef01234567 lessmq-cli",
        );
        check("source = \"registry+https://github.com/rust-lang/crates.io-index\"", "lessmq-cli@0.3.1");
        check(
            "source = \"sparse+https://crates.example/index/\"",
            "--index sparse+https://crates.example/index/ lessmq-cli@0.3.1",
        );
        check("source = \"git+https://git.example/$(whoami)#0123456789abcdef\"", release);
        assert_eq!(source(""), release);
        assert_eq!(source("no TOML"), release);
    }
}
