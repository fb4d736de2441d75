//! How files are written.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process;

/// Writes a file beside its place and moves it there: nobody ever sees half of it, another run that writes the same file
/// is not disturbed, and a link in its place is replaced and not followed. Missing directories are made.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", process::id()));
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // A link in this place would be written through.
    let written = File::create_new(&beside).and_then(|mut file| file.write_all(content));
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // What is to be told is why it failed, not that something is left of it.
        let _ = fs::remove_file(&beside);
    })
}
