//! The types of the keys of maps. A schema does not have them, so only the source code can say which they are.

use lessmq::contract::Role;

use super::locate::Target;
use super::words::{keys, maps_around, type_name};
use super::{Declared, Newtype, Sources};

/// The type of the keys of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MapKey {
    /// A text, or a type that is not one of another crate.
    Text,
    /// A type that may be one of another crate.
    Type(KeyType),
    /// An enum, with its name in contracts and its docs.
    Enum { name: String, docs: Option<String> },
    /// The source code does not say.
    Unknown,
}

/// A type that may be one of another crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyType {
    /// The identifiers in the type, or in the newtype: `uuid Uuid`.
    pub(crate) words: Vec<String>,
    /// The name of the newtype in contracts, and its docs.
    pub(crate) newtype: Option<(String, Option<String>)>,
}

/// Types that are text as keys.
const TEXTS: [&str; 8] = ["Arc", "Box", "Cow", "OsString", "PathBuf", "Rc", "String", "str"];

impl Sources {
    /// The type of the keys of the map at a place.
    pub(crate) fn map_key(&self, target: &Target<'_>) -> MapKey {
        self.find_key(target).unwrap_or(MapKey::Unknown)
    }

    fn find_key(&self, target: &Target<'_>) -> Option<MapKey> {
        let words = self.field_words(target)?;
        let keys = keys(&words);
        let first = *keys.first()?;
        let pointer = target.new?.pointer;
        // What a method returns is followed by its error, and an item of a tuple by others.
        let has_order = target.direction != Some(Role::Error) && !pointer.contains("/prefixItems/");
        let found = match keys.iter().all(|key| *key == first) {
            true => first,
            false if has_order => *keys.get(maps_around(pointer))?,
            false => return None,
        };
        let Some(name) = type_name(found) else { return Some(MapKey::Text) };
        if TEXTS.contains(&name.as_str()) {
            return Some(MapKey::Text);
        }
        if self.renamed.contains(name) {
            return None;
        }
        let Some(declared) = self.declared.get(name) else {
            return Some(MapKey::Type(KeyType { words: found.to_vec(), newtype: None }));
        };
        Some(match declared.clone()? {
            Declared::Newtype(Newtype { name, words, docs }) => {
                let newtype = name.map(|name| (name, docs));
                MapKey::Type(KeyType { words: self.expand(&words), newtype })
            }
            Declared::Enum { name, docs } => MapKey::Enum { name, docs },
            Declared::Other => MapKey::Text,
        })
    }

    /// The identifiers with those of type aliases and transparent newtypes in place of their names.
    pub(super) fn expand(&self, words: &[String]) -> Vec<String> {
        let mut expanded = Vec::new();
        self.expand_into(&mut expanded, words, &mut Vec::new());
        expanded
    }

    /// As [`Sources::expand`]. The names in `open` are being expanded: an alias may have the name of what it stands for.
    fn expand_into<'s>(&'s self, expanded: &mut Vec<String>, words: &'s [String], open: &mut Vec<&'s str>) {
        for word in words {
            let transparent = || match self.declared.get(word) {
                Some(Some(Declared::Newtype(Newtype { name: None, words, .. }))) => Some(words),
                _ => None,
            };
            let inner = self.aliases.get(word).and_then(Option::as_ref).or_else(transparent);
            match inner.filter(|_| !open.contains(&word.as_str())) {
                Some(inner) => {
                    open.push(word);
                    self.expand_into(expanded, inner, open);
                    open.pop();
                }
                None => expanded.push(word.clone()),
            }
        }
    }
}
