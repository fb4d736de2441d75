//! The lines of source code that declare what a finding is about.
//!
//! The code is read again, without compiling it. The result helps people, and tells types of other crates apart. It is no
//! part of a judgement: a wrong line changes no verdict.

mod index;
mod keys;
mod locate;
mod names;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{HashMap, HashSet};
use std::path::Path;

pub(crate) use self::keys::MapKey;
pub(crate) use self::locate::{SchemaPoint, Target};
pub(crate) use self::words::type_name;
use crate::report::Location;
use crate::syntax::Library;

/// The declarations in the libraries of a service. Those of the first library have precedence.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    types: Vec<Member>,
    /// The structs and enums by their names in the code. `None` for a name that several of them have.
    declared: HashMap<String, Option<Declared>>,
    /// The words of type aliases, by name. `None` for a name that several of them have.
    aliases: HashMap<String, Option<Vec<String>>>,
    /// The names that imports give to other types: `Day` of `use chrono::NaiveDate as Day`.
    renamed: HashSet<String>,
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
    /// Whether it is an enum whose variants have no names in JSON.
    is_untagged: bool,
}

/// What is known of a struct or an enum for its use as the key of a map.
#[derive(Clone, Debug)]
enum Declared {
    /// A newtype that serde reads and writes as the type in it.
    Newtype(Newtype),
    /// An enum, with its name in contracts.
    Enum { name: String, docs: Option<String> },
    /// Any other type.
    Other,
}

/// A struct with one unnamed field.
#[derive(Clone, Debug)]
struct Newtype {
    /// The name in contracts. `None` if they have the type in it instead.
    name: Option<String>,
    /// The identifiers in the type of the field.
    words: Vec<String>,
    docs: Option<String>,
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
