//! Records of the servers that were started, with the data to end them: one file for each server, in `target/services`.
//!
//! A record is written before its server is started. Its owner is the process that ends the server. If this process has
//! exited, any other one may do so. A record without an owner stays until `cargo xtask services down`.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::process::{Process, Signal};
use crate::services::Service;
use crate::{folder, program};

/// How a server was found or started. Methods are tried in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Method {
    /// Its address is in an environment variable.
    Given,
    /// An earlier `cargo xtask services up` started it.
    StartedBefore,
    /// It was listening on its default port.
    Listening,
    /// It was installed, and this program started it.
    Installed,
    /// This program installed its Debian package, and started it.
    Packages,
    /// It runs in a container.
    Compose,
}

impl Method {
    /// The method in the text of an error.
    pub(super) fn attempt(self) -> &'static str {
        match self {
            Self::Given => "an address",
            Self::StartedBefore => "a server that was started before",
            Self::Listening => "a listening server",
            Self::Installed => "an installed server",
            Self::Packages => "its Debian package",
            Self::Compose => "a container",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Given => "address in an environment variable",
            Self::StartedBefore => "started by an earlier `services up`",
            Self::Listening => "was listening",
            Self::Installed => "installed, started by xtask",
            Self::Packages => "installed with apt, started by xtask",
            Self::Compose => "container of docker compose",
        })
    }
}

/// A server that was started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    name: String,
    /// The service; `None` for a private server of a test.
    pub service: Option<Service>,
    /// How it was found or started.
    pub method: Method,
    /// Its address.
    pub url: String,
    /// The process that ends it.
    pub owner: Option<Process>,
    /// Its processes.
    pub processes: Vec<Process>,
    /// The signal that stops its processes.
    pub signal: Signal,
    /// The folder of its data, which is deleted with it.
    pub folder: Option<PathBuf>,
    /// The name of its docker compose project.
    pub compose: Option<String>,
}

impl Record {
    /// The record of a server that this process is about to start, and owns.
    ///
    /// # Errors
    /// If the start time of this process cannot be read.
    pub fn new(method: Method, url: String) -> Result<Self> {
        let owner = Process::current()?;
        // One server uses a port at a time.
        let port = url.rsplit(':').next().unwrap_or_default().split('/').next().unwrap_or_default();
        let name = format!("server-{port}-{}", owner.pid());
        Ok(Self {
            name,
            service: None,
            method,
            url,
            owner: Some(owner),
            processes: Vec::new(),
            signal: Signal::Kill,
            folder: None,
            compose: None,
        })
    }

    /// All records, except those that are being written.
    ///
    /// # Errors
    /// If the folder of records cannot be read.
    pub fn all() -> Result<Vec<Self>> {
        let home = folder::home()?;
        let entries = fs::read_dir(&home).with_context(|| format!("cannot read {}", home.display()))?;
        let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let records = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
        Ok(records.filter_map(|file| serde_json::from_slice(&fs::read(file).ok()?).ok()).collect())
    }

    /// Writes it, over an earlier version.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self) -> Result<()> {
        let (file, new) = (self.file()?, folder::home()?.join(format!("{}.new", self.name)));
        let text = serde_json::to_vec_pretty(self).context("cannot encode the record")?;
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &file))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// Ends the server, and deletes its data and the record.
    ///
    /// # Errors
    /// If a process cannot be ended, or a folder cannot be deleted. Then the record stays.
    pub fn end(&self) -> Result<()> {
        for process in self.processes.iter().rev() {
            process.end(self.signal, Duration::from_secs(20))?;
        }
        if let Some(project) = &self.compose {
            program::output(Command::new("docker").args([
                "compose",
                "--project-name",
                project,
                "down",
                "--volumes",
            ]))?;
        }
        if let Some(folder) = &self.folder {
            folder::delete(folder)?;
        }
        let file = self.file()?;
        fs::remove_file(&file).with_context(|| format!("cannot delete {}", file.display()))
    }

    /// Whether its processes are running. A container is assumed to run.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.processes.iter().all(Process::is_alive)
    }

    /// Whether the process that should end it has exited.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.owner.as_ref().is_some_and(|owner| !owner.is_alive())
    }

    fn file(&self) -> Result<PathBuf> {
        Ok(folder::home()?.join(format!("{}.json", self.name)))
    }
}

/// Ends every server that `selected` returns true for. If one cannot be ended, the others are still ended.
///
/// # Errors
/// If one of them cannot be ended.
pub fn end_all(selected: impl Fn(&Record) -> bool) -> Result<Vec<Record>> {
    let mut ended = Vec::new();
    let mut failed = None;
    for record in Record::all()?.into_iter().filter(selected) {
        match record.end() {
            Ok(()) => ended.push(record),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(ended), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_until_it_is_ended() {
        let record = Record::new(Method::Installed, "redis://127.0.0.1:1/".to_owned())
            .expect("this process is running");
        record.write().expect("target is writable");
        let name = record.name.clone();
        let found =
            || Record::all().expect("target is readable").into_iter().find(|other| other.name == name);
        assert!(found().is_some_and(|found| !found.is_orphan()));
        record.end().expect("it has no processes");
        assert!(found().is_none());
    }

    #[test]
    fn a_record_whose_owner_has_exited_is_an_orphan() {
        let mut record = Record::new(Method::Installed, "redis://127.0.0.1:2/".to_owned())
            .expect("this process is running");
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep is installed");
        record.owner = Process::find(child.id());
        assert!(!record.is_orphan());
        child.kill().expect("it is running");
        child.wait().expect("it exits");
        assert!(record.is_orphan());
        record.owner = None;
        assert!(!record.is_orphan());
    }
}
