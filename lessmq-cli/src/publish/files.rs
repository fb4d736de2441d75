//! The files of a crate on disk: what differs, and writing it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Files, file_marks};
use crate::replace::{replace, wrong_kind};
use crate::report::{Change, Error, FileChange, Result};

/// The files that writing `files` to `directory`, which is below `top`, would change. Sources that are not among `files`
/// are removed; other files are left alone.
///
/// # Errors
/// There is a symbolic link on the way, or a file in the way that `publish` did not write.
pub(crate) fn differences(top: &Path, directory: &Path, files: &Files) -> Result<Vec<FileChange>> {
    let mut found = Vec::new();
    check_no_links(top, directory.strip_prefix(top).unwrap_or(directory))?;
    for (path, text) in files {
        check_no_links(directory, path)?;
        let change = match fs::read(directory.join(path)) {
            Ok(there) if there == text.as_bytes() => continue,
            Ok(there) if has_mark(path) && !is_ours(&there) => {
                return Err(foreign_file_error(&directory.join(path)));
            }
            Ok(_) => Change::Changed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Change::Added,
            Err(error) => return Err(read_error(&directory.join(path), error)),
        };
        found.push(FileChange { path: path.clone(), change });
    }
    for path in sources(directory, Path::new("src"))? {
        if !files.contains_key(&path) {
            let file = directory.join(&path);
            if !is_ours(&fs::read(&file).map_err(|error| read_error(&file, error))?) {
                return Err(foreign_file_error(&file));
            }
            found.push(FileChange { path, change: Change::Removed });
        }
    }
    Ok(found)
}

/// Writes `files` to `directory`, which is below `top`.
pub(crate) fn write(top: &Path, directory: &Path, files: &Files) -> Result<()> {
    for FileChange { path, change } in differences(top, directory, files)? {
        let file = directory.join(&path);
        let done = match (change, files.get(&path)) {
            (Change::Removed, _) | (_, None) => fs::remove_file(&file),
            (_, Some(text)) => replace(&file, text.as_bytes()),
        };
        done.map_err(|error| {
            Error::new(format!("cannot write `{}`", file.display()))
                .because(error)
                .hint("check the permissions of the directory")
        })?;
    }
    Ok(())
}

/// Whether generated files of this name have a mark in their first line.
fn has_mark(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs") || path.ends_with("Cargo.toml")
}

fn is_ours(content: &[u8]) -> bool {
    file_marks::is_ours(&String::from_utf8_lossy(content))
}

/// Fails for a symbolic link anywhere between `top` and `path`: it leads to files outside of the crate.
fn check_no_links(top: &Path, path: &Path) -> Result<()> {
    let mut at = top.to_owned();
    for step in path.components() {
        at.push(step);
        match fs::symlink_metadata(&at) {
            Ok(there) if there.is_symlink() => return Err(symlink_error(&at)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(read_error(&at, error)),
        }
    }
    Ok(())
}

/// All files in the directory `below` of `root`, with their paths from `root`.
pub(super) fn sources(root: &Path, below: &Path) -> Result<Vec<PathBuf>> {
    let directory = root.join(below);
    check_no_links(root, below)?;
    let entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| read_error(&directory, error))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| read_error(&directory, error))?;
        let path = below.join(entry.file_name());
        let kind = entry.file_type().map_err(|error| read_error(&entry.path(), error))?;
        if kind.is_symlink() {
            return Err(symlink_error(&entry.path()));
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

fn symlink_error(path: &Path) -> Error {
    Error::new(format!(
        "`{}` is a symbolic link, and a contract crate is not written through one",
        path.display()
    ))
    .hint("remove the link, or replace it by a directory or file")
}

fn foreign_file_error(path: &Path) -> Error {
    Error::new(format!("`{}` was not written by `publish`, so it is not overwritten", path.display()))
        .hint(format!("move {} away, so that the contract crate can be written", path.display()))
}

fn read_error(path: &Path, error: io::Error) -> Error {
    let failed = Error::new(format!("cannot read `{}`", path.display()));
    match wrong_kind(path) {
        Some(reason) => failed.because(reason).hint("move it away, and run this again"),
        None => failed.because(error).hint("check the permissions of the file"),
    }
}
