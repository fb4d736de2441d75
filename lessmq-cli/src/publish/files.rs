//! Files of a crate on disk: what differs, and writing it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::layout::Files;
use crate::error::{Error, Result};

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    pub(crate) path: PathBuf,
    pub(crate) change: Change,
}

/// What writing does to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    Added,
    Changed,
    Removed,
}

/// What of `files` differs in `directory`. Of what else stands there, only sources are of no use any more.
pub(crate) fn differences(directory: &Path, files: &Files) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    for (path, text) in files {
        let change = match fs::read(directory.join(path)) {
            Ok(there) if there == text.as_bytes() => continue,
            Ok(_) => Change::Changed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Change::Added,
            Err(error) => return Err(unreadable(&directory.join(path), error)),
        };
        found.push(Difference { path: path.clone(), change });
    }
    for path in sources(directory, Path::new("src"))? {
        if !files.contains_key(&path) {
            found.push(Difference { path, change: Change::Removed });
        }
    }
    Ok(found)
}

/// Makes `directory` hold `files`.
pub(crate) fn write(directory: &Path, files: &Files) -> Result<()> {
    for Difference { path, change } in differences(directory, files)? {
        let file = directory.join(&path);
        let done = match (change, files.get(&path)) {
            (Change::Removed, _) | (_, None) => fs::remove_file(&file),
            (_, Some(text)) => write_one(&file, text),
        };
        done.map_err(|error| {
            Error::new(format!("{}: cannot write the file", file.display()))
                .because(error)
                .hint("you must be allowed to write there")
        })?;
    }
    Ok(())
}

/// In one step, so that there is never half a file.
fn write_one(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

/// The files below a directory of sources.
fn sources(root: &Path, below: &Path) -> Result<Vec<PathBuf>> {
    let directory = root.join(below);
    let entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| unreadable(&directory, error))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(&directory, error))?;
        let path = below.join(entry.file_name());
        if entry.path().is_dir() {
            found.extend(sources(root, &path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::new(format!("{}: cannot read what is there", path.display()))
        .because(error)
        .hint("it must be readable by you")
}
