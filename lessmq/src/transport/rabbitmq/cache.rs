//! What a session remembers about destinations.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

/// How many entries one cache holds: each may hold a channel, and a connection has at most 2,047.
const MAX_ENTRIES: usize = 500;

/// Shared values by key. A cache that is full is cleared and starts again.
pub(super) struct Cache<K, V>(RwLock<HashMap<K, Arc<V>>>);

impl<K: Eq + Hash, V> Cache<K, V> {
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Adds `new`, unless there is a value that is `usable`: several tasks may make the same value at once, and the
    /// first one is kept. Returns the value that is in the cache afterwards.
    pub(super) fn insert(&self, key: K, new: Arc<V>, usable: impl Fn(&V) -> bool) -> Arc<V> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = map.get(&key).filter(|known| usable(known)) {
            return Arc::clone(known);
        }
        if map.len() >= MAX_ENTRIES {
            map.clear();
        }
        map.insert(key, Arc::clone(&new));
        new
    }

    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    pub(super) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}
