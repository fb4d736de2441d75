//! Private package registries on the loopback interface: of crates, and of npm packages.

mod install;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, Process};
use crate::services::record::{Method, Record};
use crate::{folder, ports, probe};

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The registry of crates. It has cargo's sparse protocol, and accepts `cargo publish` with any token.
const CRATES: (&str, &str) = ("ferro-cargo-registry-server", "1.0.0");
/// The registry of npm packages: the last version that runs on Node.js 20. One of its dependencies requires a tag that
/// some mirrors do not have.
const NPM: (&str, &str) = ("verdaccio", "6.7.4");
const NPM_OVERRIDES: [(&str, &str); 1] = [("node-fetch", "2.7.0")];

/// Builds or installs the programs of the registries, so that tests do not have to wait for that.
///
/// # Errors
/// If one cannot be built or installed.
pub fn prepare() -> Result<()> {
    install::of_crate(CRATES.0, CRATES.1)?;
    install::of_npm(NPM.0, NPM.1, &NPM_OVERRIDES).map(drop)
}

/// A registry that is empty at first. Dropping it kills it and deletes its data.
///
/// If this process is killed, `cargo xtask test` and `cargo xtask services down` end the registry.
#[derive(Debug)]
pub struct Registry {
    url: String,
    server: Child,
    record: Record,
}

impl Registry {
    /// Starts a registry of crates. Cargo finds it at `sparse+` and its [URL](Self::url).
    ///
    /// Its host name is unique, because cargo stores downloads by host. `*.localhost` is this machine.
    ///
    /// # Errors
    /// If it cannot be built or does not start.
    pub fn crates() -> Result<Self> {
        let program = install::of_crate(CRATES.0, CRATES.1)?;
        Self::start("crates", |port, folder, host| {
            let mut command = Command::new(program);
            command
                .env("FERRO_CARGO_REGISTRY_DATA", folder.join("data"))
                .env("FERRO_CARGO_REGISTRY_LISTEN", format!("127.0.0.1:{port}"))
                .env("FERRO_CARGO_REGISTRY_API", format!("http://{host}:{port}"));
            Ok(command)
        })
    }

    /// Starts a registry of npm packages. Everyone may publish to it.
    ///
    /// # Errors
    /// If it cannot be installed or does not start.
    pub fn npm() -> Result<Self> {
        let program = install::of_npm(NPM.0, NPM.1, &NPM_OVERRIDES)?;
        Self::start("npm", |port, folder, _| {
            let config = folder.join("config.yaml");
            fs::write(&config, VERDACCIO).with_context(|| format!("cannot write {}", config.display()))?;
            let mut command = Command::new(program);
            command.arg("--config").arg(&config).args(["--listen", &format!("127.0.0.1:{port}")]);
            Ok(command)
        })
    }

    /// Its address, with a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of its host.
    #[must_use]
    pub fn host(&self) -> &str {
        let address = self.url.trim_start_matches("http://");
        address.split([':', '/']).next().unwrap_or(address)
    }

    /// Kills it: requests then fail.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        self.server.kill().and_then(|()| self.server.wait()).context("cannot kill the registry").map(drop)
    }

    fn start(kind: &str, command: impl FnOnce(u16, &Path, &str) -> Result<Command>) -> Result<Self> {
        let port = ports::free()?;
        let folder = folder::create_for(&format!("registry-{kind}"), None)?;
        let name = folder.file_name().context("a folder has a name")?.to_string_lossy().into_owned();
        let host = if kind == "crates" { format!("{name}.localhost") } else { "127.0.0.1".to_owned() };
        let url = format!("http://{host}:{port}/");
        let mut record = Record::new(Method::Installed, url.clone())?;
        record.folder = Some(folder.clone());
        record.write()?;
        let log = folder.join("log.txt");
        let mut server = process::spawn_server(command(port, &folder, &host)?.current_dir(&folder), &log)?;
        record.processes = Process::find(server.id()).into_iter().collect();
        record.write()?;
        let answers = || probe::listening(&format!("http://127.0.0.1:{port}/"), port);
        let started = process::wait_until_ready(&mut server, &log, START_TIMEOUT, answers);
        let registry = Self { url, server, record };
        match started {
            Ok(()) => Ok(registry),
            Err(error) => bail!(error.context(format!("the registry of {kind} did not start"))),
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // A process that cannot be killed has exited already.
        let _ended = self.server.kill().and_then(|()| self.server.wait());
        let ended = self.record.end().and_then(|()| forget_downloads(self.host()));
        if let Err(error) = ended {
            eprintln!("warning: {error:#}");
        }
    }
}

/// Deletes what cargo has downloaded from a registry that no longer exists.
fn forget_downloads(host: &str) -> Result<()> {
    let home = || env::home_dir().map(|home| home.join(".cargo"));
    let Some(home) = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home) else { return Ok(()) };
    // Cargo adds a hash to the host. Other registries have other hosts.
    let start = format!("{host}-");
    for kind in ["index", "cache", "src"] {
        let entries = fs::read_dir(home.join("registry").join(kind)).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&start)) {
            folder::delete(&entry.path())?;
        }
    }
    Ok(())
}

const VERDACCIO: &str = "\
storage: ./storage
auth:
  htpasswd:
    file: ./htpasswd
uplinks: {}
packages:
  '**':
    access: $all
    publish: $all
log: { type: stdout, format: pretty, level: warn }
";
