//! Where in the source of a service a type, a field or a method is declared, so that a finding can point there.
//!
//! The source is read, not compiled: what macros write is not seen. A place is help for people; nothing is judged by it.

mod index;
mod locate;
mod names;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub(crate) use self::locate::{Lead, Side};

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// From the top of the workspace, with `/` between names.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// Of its first and behind its last character; from 1.
    pub(crate) column: usize,
    pub(crate) end_column: usize,
    /// The line as it stands there.
    pub(crate) text: String,
}

/// The source of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Library {
    pub(crate) root_file: PathBuf,
    pub(crate) crate_name: String,
}

/// What the libraries of a service declare; those that come first count first.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    types: Vec<Member>,
    interfaces: Vec<Interface>,
}

/// A type, or a part of one: a field, a variant, a field of a variant. Also a method and its arguments.
#[derive(Clone, Debug)]
struct Member {
    /// The name in contracts.
    name: String,
    place: Place,
    members: Vec<Self>,
}

/// A trait.
#[derive(Clone, Debug)]
struct Interface {
    service: String,
    has_events: bool,
    place: Place,
    methods: Vec<Member>,
}

impl Sources {
    /// Reads the libraries, whose files are named from `root`.
    pub(crate) fn read(libraries: &[Library], root: &Path) -> Self {
        let mut sources = Self::default();
        for library in libraries {
            index::add(&mut sources, library, root);
        }
        sources
    }
}
