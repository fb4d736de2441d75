//! Files that the command line names; `-` is standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// The name that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// What a file is expected to hold, for errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// `contract`, as in "cannot read the contract".
    pub(crate) name: &'static str,
    /// What to give instead of a directory.
    pub(crate) instead_of_directory: &'static str,
    /// Where such a file comes from.
    pub(crate) origin: &'static str,
}

/// What people call a path.
pub(crate) fn name_of(path: &Path) -> String {
    if path.as_os_str() == STANDARD_INPUT { "standard input".to_owned() } else { path.display().to_string() }
}

/// Opens a file.
pub(crate) fn open(path: &Path, kind: Kind) -> Result<Box<dyn Read>> {
    if path.as_os_str() == STANDARD_INPUT {
        return Ok(Box::new(io::stdin()));
    }
    let name = name_of(path);
    if path.is_dir() {
        return Err(Error::new(format!("{name}: this is a directory")).hint(kind.instead_of_directory));
    }
    let file = File::open(path).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => format!("is the path right?{}", kind.origin),
            _ => "the file must be readable by you".to_owned(),
        };
        unreadable(&name, kind, error).hint(hint)
    })?;
    Ok(Box::new(file))
}

/// Reads all of a source that errors call `name`, as far as one byte beyond `most`: whoever asked sees that it is too
/// large.
pub(crate) fn read(name: &str, source: impl Read, most: usize, kind: Kind) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    source.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(name, kind, error))?;
    Ok(bytes)
}

fn unreadable(name: &str, kind: Kind, error: io::Error) -> Error {
    Error::new(format!("{name}: cannot read the {}", kind.name)).because(error)
}
