//! The lines of source code that declare what a finding is about.
//!
//! The code is read again, without compiling it. The result helps people, and tells types of other crates apart. It is no
//! part of a judgement: a wrong line changes no verdict.

mod index;
mod locate;
mod names;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

pub(crate) use self::locate::{SchemaPoint, Target};
use crate::report::Location;
use crate::syntax::Library;

/// The declarations in the libraries of a service. Those of the first library have precedence.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    types: Vec<Member>,
    /// The newtypes that serde reads and writes as the type in them, by name. `None` for a name that several types have.
    newtypes: HashMap<String, Option<Newtype>>,
    interfaces: Vec<Interface>,
}

/// A type, or a part of one: a field, a variant, a field of a variant. Also a method and its arguments.
#[derive(Clone, Debug)]
struct Member {
    /// The name in contracts.
    name: String,
    location: Location,
    /// The identifiers in its type: of a field, of the only unnamed field of a type or variant, or of what a method
    /// returns.
    words: Vec<String>,
    members: Vec<Self>,
}

/// A struct with one unnamed field.
#[derive(Clone, Debug)]
struct Newtype {
    /// The name in contracts. `None` if they have the type in it instead.
    name: Option<String>,
    /// The identifiers in the type of the field.
    words: Vec<String>,
}

/// The type of the keys of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyType<'s> {
    /// The identifiers in the type, or in the newtype.
    pub(crate) words: &'s [String],
    /// The name of the newtype in contracts.
    pub(crate) newtype: Option<&'s str>,
}

/// A trait with `#[lessmq::interface]`.
#[derive(Clone, Debug)]
struct Interface {
    service: String,
    has_events: bool,
    location: Location,
    methods: Vec<Member>,
}

impl Sources {
    /// Reads the libraries. Locations name files from `root`.
    pub(crate) fn read(libraries: &[Library], root: &Path) -> Self {
        let mut sources = Self::default();
        for library in libraries {
            index::add(&mut sources, library, root);
        }
        sources
    }
}
