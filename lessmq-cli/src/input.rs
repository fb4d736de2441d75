//! Files named on the command line; `-` is standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::report::{Error, Result};

/// The name of standard input on the command line.
const STANDARD_INPUT: &str = "-";

/// What a file should contain, for errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// `contract`, as in "cannot read the contract".
    pub(crate) name: &'static str,
    /// The hint for a directory.
    pub(crate) directory_hint: &'static str,
    /// The hint for a file that does not exist.
    pub(crate) missing_hint: &'static str,
}

/// The name of a path in errors and reports.
pub(crate) fn display_name(path: &Path) -> String {
    if path.as_os_str() == STANDARD_INPUT { "standard input".to_owned() } else { path.display().to_string() }
}

/// Opens a file.
pub(crate) fn open(path: &Path, kind: Kind) -> Result<Box<dyn Read>> {
    if path.as_os_str() == STANDARD_INPUT {
        return Ok(Box::new(io::stdin()));
    }
    let name = display_name(path);
    if path.is_dir() {
        return Err(Error::new(format!("`{name}` is a directory")).hint(kind.directory_hint));
    }
    let file = File::open(path).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => kind.missing_hint,
            _ => "check the permissions of the file",
        };
        read_error(&name, kind, error).hint(hint)
    })?;
    Ok(Box::new(file))
}

/// The byte order mark of UTF-8, which some editors write. A reader of JSON may ignore it
/// ([RFC 8259, section 8.1](https://www.rfc-editor.org/rfc/rfc8259#section-8.1)).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a source that errors call `name`, up to one byte more than `limit`, so that the caller can detect a larger one.
/// Without a byte order mark.
pub(crate) fn read(name: &str, source: impl Read, limit: usize, kind: Kind) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let take = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    source.take(take).read_to_end(&mut bytes).map_err(|error| read_error(name, kind, error))?;
    remove_byte_order_mark(&mut bytes);
    Ok(bytes)
}

/// Removes the byte order mark at the start of a text.
pub(crate) fn remove_byte_order_mark(text: &mut Vec<u8>) {
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len());
    }
}

fn read_error(name: &str, kind: Kind, error: io::Error) -> Error {
    Error::new(format!("cannot read the {} `{name}`", kind.name)).because(error)
}
