//! Files of a crate on disk: what differs, and writing it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::layout::Files;
use super::manifest;
use crate::error::{Error, Result};
use crate::generate::Generated;
use crate::replace::replace;

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

/// What of `files` differs in `directory`, which is below `top`. Of what else stands there, only sources are of no use
/// any more. Neither links nor what others wrote may be in the way.
pub(crate) fn differences(top: &Path, directory: &Path, files: &Files) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    refuse_links(top, directory.strip_prefix(top).unwrap_or(directory))?;
    for (path, text) in files {
        refuse_links(directory, path)?;
        let change = match fs::read(directory.join(path)) {
            Ok(there) if there == text.as_bytes() => continue,
            Ok(there) if has_mark(path) && !is_ours(&there) => return Err(not_ours(&directory.join(path))),
            Ok(_) => Change::Changed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Change::Added,
            Err(error) => return Err(unreadable(&directory.join(path), error)),
        };
        found.push(Difference { path: path.clone(), change });
    }
    for path in sources(directory, Path::new("src"))? {
        if !files.contains_key(&path) {
            let file = directory.join(&path);
            if !is_ours(&fs::read(&file).map_err(|error| unreadable(&file, error))?) {
                return Err(not_ours(&file));
            }
            found.push(Difference { path, change: Change::Removed });
        }
    }
    Ok(found)
}

/// Makes `directory`, which is below `top`, hold `files`.
pub(crate) fn write(top: &Path, directory: &Path, files: &Files) -> Result<()> {
    for Difference { path, change } in differences(top, directory, files)? {
        let file = directory.join(&path);
        let done = match (change, files.get(&path)) {
            (Change::Removed, _) | (_, None) => fs::remove_file(&file),
            (_, Some(text)) => replace(&file, text.as_bytes()),
        };
        done.map_err(|error| {
            Error::new(format!("{}: cannot write the file", file.display()))
                .because(error)
                .hint("you must be allowed to write there")
        })?;
    }
    Ok(())
}

/// Whether a file of this name has a first line that says where it comes from.
fn has_mark(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs") || path.ends_with("Cargo.toml")
}

fn is_ours(content: &[u8]) -> bool {
    let text = String::from_utf8_lossy(content);
    Generated::is_ours(&text) || manifest::is_ours(&text)
}

/// Refuses a link at any step of the way from `top` down to `path`: it leads to files that are not the crate's.
fn refuse_links(top: &Path, path: &Path) -> Result<()> {
    let mut at = top.to_owned();
    for step in path.components() {
        at.push(step);
        match fs::symlink_metadata(&at) {
            Ok(there) if there.is_symlink() => return Err(link(&at)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unreadable(&at, error)),
        }
    }
    Ok(())
}

/// The files below a directory of sources.
fn sources(root: &Path, below: &Path) -> Result<Vec<PathBuf>> {
    let directory = root.join(below);
    refuse_links(root, below)?;
    let entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| unreadable(&directory, error))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(&directory, error))?;
        let path = below.join(entry.file_name());
        let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), error))?;
        if kind.is_symlink() {
            return Err(link(&entry.path()));
        }
        if kind.is_dir() {
            found.extend(sources(root, &path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn link(path: &Path) -> Error {
    Error::new(format!("{}: a contract crate is not written through a symbolic link", path.display()))
        .hint("put a directory or a file of its own there, or remove the link")
}

fn not_ours(path: &Path) -> Error {
    Error::new(format!("{}: `publish` did not write this file, so it leaves it alone", path.display()))
        .hint(format!("move {} away if the contract crate is to stand there", path.display()))
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::new(format!("{}: cannot read what is there", path.display()))
        .because(error)
        .hint("it must be readable by you")
}
