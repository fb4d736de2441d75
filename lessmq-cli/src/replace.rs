//! Writing files.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process;

/// Why a file cannot have this path: it is a directory, or a part of the path is a file. `None` if neither is so.
pub(crate) fn wrong_kind(path: &Path) -> Option<String> {
    if path.is_dir() {
        return Some(format!("`{}` is a directory, expected a file", path.display()));
    }
    let file = path.ancestors().skip(1).find(|directory| directory.is_file())?;
    Some(format!("`{}` is a file, expected a directory", file.display()))
}

/// Writes a file under a temporary name in the same directory and moves it to its path, so that no reader sees half of
/// it and a concurrent run is not disturbed. A symbolic link at the path is replaced, not followed. Creates missing
/// directories.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.new", process::id()));
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // `create_new`, because an existing link would be written through.
    let written = File::create_new(&temporary).and_then(|mut file| file.write_all(content));
    written.and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    })
}
