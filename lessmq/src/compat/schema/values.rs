//! The values of an enumeration.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use serde_json::Value;

/// From this number of values on, a set finds a value faster than a search.
const INDEXED: usize = 16;

/// Different values in canonical form. Finding one takes constant time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    list: Vec<Value>,
    /// The same values, if there are many.
    index: HashSet<Value>,
}

impl Values {
    /// Adds `value`, unless it is there.
    fn insert(&mut self, value: Value) {
        if self.contains(&value) {
            return;
        }
        if !self.index.is_empty() {
            self.index.insert(value.clone());
        } else if self.list.len() + 1 == INDEXED {
            self.index.extend(self.list.iter().chain([&value]).cloned());
        }
        self.list.push(value);
    }

    /// Whether `value`, which is in canonical form, is one of the values.
    pub(crate) fn contains(&self, value: &Value) -> bool {
        if self.index.is_empty() { self.list.contains(value) } else { self.index.contains(value) }
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
