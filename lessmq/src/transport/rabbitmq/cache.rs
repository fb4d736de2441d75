//! A cache of the destinations that a session has used.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

/// Shared values by key. A cache that is full is cleared and starts again.
pub(super) struct Cache<K, V> {
    entries: RwLock<HashMap<K, Arc<V>>>,
    max_entries: usize,
}

impl<K: Eq + Hash, V> Cache<K, V> {
    /// An empty cache of up to `max_entries`.
    pub(super) fn new(max_entries: usize) -> Self {
        Self { entries: RwLock::default(), max_entries }
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Adds `new`, unless there is a value that is `usable`: several tasks may make the same value at once, and the
    /// first one is kept. Returns the value that is in the cache afterwards.
    pub(super) fn insert(&self, key: K, new: Arc<V>, usable: impl Fn(&V) -> bool) -> Arc<V> {
        let mut map = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = map.get(&key).filter(|known| usable(known)) {
            return Arc::clone(known);
        }
        if map.len() >= self.max_entries {
            map.clear();
        }
        map.insert(key, Arc::clone(&new));
        new
    }

    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    pub(super) fn clear(&self) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
