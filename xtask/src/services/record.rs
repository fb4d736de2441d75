//! What was started, and how to end it: one small file a server, in `target/services`.
//!
//! A record is written as soon as there is something to end. Its owner is the process that ends the server; if that process
//! is gone, whoever passes by may. A record without an owner stays until `cargo xtask services down`.

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

/// How a server was come by. The order is the order in which ways are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Method {
    /// An environment variable holds its address.
    Given,
    /// An earlier `cargo xtask services up` started it.
    StartedBefore,
    /// It was listening on its default port.
    Listening,
    /// It was installed, and started by hand.
    Installed,
    /// Its Debian package was installed, and it was started by hand.
    Packages,
    /// It runs in a container.
    Compose,
}

impl Method {
    /// What is tried, in the words of an error.
    pub(super) fn attempt(self) -> &'static str {
        match self {
            Self::Given => "an address",
            Self::StartedBefore => "an earlier start",
            Self::Listening => "one that already listens",
            Self::Installed => "an installed one",
            Self::Packages => "its Debian package",
            Self::Compose => "a container",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Given => "address given by environment variable",
            Self::StartedBefore => "started by an earlier `services up`",
            Self::Listening => "was already listening",
            Self::Installed => "installed, started by hand",
            Self::Packages => "installed with apt, started by hand",
            Self::Compose => "container, by docker compose",
        })
    }
}

/// A server that was started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    name: String,
    /// Which of the services it is; `None` for a test's private broker.
    pub service: Option<Service>,
    /// How it was come by.
    pub method: Method,
    /// Where it is.
    pub url: String,
    /// Who ends it.
    pub owner: Option<Process>,
    /// What runs.
    pub processes: Vec<Process>,
    /// How its processes are asked to end.
    pub signal: Signal,
    /// Where its data are, to be deleted with it.
    pub folder: Option<PathBuf>,
    /// The name of its docker compose project.
    pub compose: Option<String>,
}

impl Record {
    /// The record of a server that this process is about to start, and owns.
    ///
    /// # Errors
    /// If the system does not tell who this process is.
    pub fn new(method: Method, url: String) -> Result<Self> {
        let owner = Process::current()?;
        // A port is one server's at a time, and so is its address.
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

    /// Every record there is. One that cannot be read, because it is just being written, is left out.
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

    /// Writes it down, over what was written before.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self) -> Result<()> {
        let (file, new) = (self.file()?, folder::home()?.join(format!("{}.new", self.name)));
        let text = serde_json::to_vec_pretty(self).context("a record is plain data")?;
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &file))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// Ends the server, deletes its data, and forgets it.
    ///
    /// # Errors
    /// If a process cannot be ended or a folder cannot be deleted; the record then stays.
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

    /// Whether what it tells of still runs. Of a container it is taken to be so.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.processes.iter().all(Process::is_alive)
    }

    /// Whether the process that should end it is gone.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.owner.as_ref().is_some_and(|owner| !owner.is_alive())
    }

    fn file(&self) -> Result<PathBuf> {
        Ok(folder::home()?.join(format!("{}.json", self.name)))
    }
}

/// Ends every recorded server that `chosen` picks. One that does not end does not keep the others from ending.
///
/// # Errors
/// If one of them cannot be ended.
pub fn end_all(chosen: impl Fn(&Record) -> bool) -> Result<Vec<Record>> {
    let mut ended = Vec::new();
    let mut failed = None;
    for record in Record::all()?.into_iter().filter(chosen) {
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
        let record = Record::new(Method::Installed, "redis://127.0.0.1:1/".to_owned()).expect("we run");
        record.write().expect("target can be written");
        let name = record.name.clone();
        let found =
            || Record::all().expect("target can be read").into_iter().find(|other| other.name == name);
        assert!(found().is_some_and(|found| !found.is_orphan()));
        record.end().expect("nothing runs");
        assert!(found().is_none());
    }

    #[test]
    fn a_record_whose_owner_is_gone_is_an_orphan() {
        let mut record = Record::new(Method::Installed, "redis://127.0.0.1:2/".to_owned()).expect("we run");
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep is everywhere");
        record.owner = Process::find(child.id());
        assert!(!record.is_orphan());
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        assert!(record.is_orphan());
        record.owner = None;
        assert!(!record.is_orphan());
    }
}
