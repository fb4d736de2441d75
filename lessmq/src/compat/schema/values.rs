//! The values of an enumeration.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::ops::Deref;

use serde_json::Value;

/// From this number of values on, a set finds a value faster than a search.
const INDEXED: usize = 16;

/// Different values in canonical form. Finding one takes constant time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    list: Vec<Value>,
    /// The place of a value in the list by its hash, if there are many.
    index: HashMap<u64, u32>,
    /// The places of values whose hash is that of another value.
    collisions: Vec<u32>,
    hasher: RandomState,
}

impl Values {
    /// Adds `value`, unless it is there.
    fn insert(&mut self, value: Value) {
        if self.list.len() + 1 < INDEXED {
            if !self.list.contains(&value) {
                self.list.push(value);
            }
            return;
        }
        if self.index.is_empty() {
            let first = std::mem::take(&mut self.list);
            first.into_iter().for_each(|value| self.insert_indexed(value));
        }
        self.insert_indexed(value);
    }

    fn insert_indexed(&mut self, value: Value) {
        let at = u32::try_from(self.list.len()).expect("a schema has less than 2^32 values");
        match self.index.entry(self.hasher.hash_one(&value)) {
            Entry::Vacant(entry) => {
                entry.insert(at);
            }
            Entry::Occupied(entry) => {
                let mut same = std::iter::once(entry.get()).chain(&self.collisions);
                if same.any(|&at| self.list[at as usize] == value) {
                    return;
                }
                self.collisions.push(at);
            }
        }
        self.list.push(value);
    }

    /// Whether `value`, which is in canonical form, is one of the values.
    pub(crate) fn contains(&self, value: &Value) -> bool {
        if self.index.is_empty() {
            return self.list.contains(value);
        }
        let place = self.index.get(&self.hasher.hash_one(value));
        place.is_some_and(|at| {
            std::iter::once(at).chain(&self.collisions).any(|&at| self.list[at as usize] == *value)
        })
    }
}

impl FromIterator<Value> for Values {
    fn from_iter<T: IntoIterator<Item = Value>>(values: T) -> Self {
        let mut all = Self::default();
        values.into_iter().for_each(|value| all.insert(value));
        all
    }
}

impl Deref for Values {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.list
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Values {}

impl Hash for Values {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.list.hash(state);
    }
}
