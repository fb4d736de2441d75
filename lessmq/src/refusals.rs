//! The methods that the clients of one process refuse to call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::discovery::Refusal;
use crate::telemetry::name::REFUSED_METHODS;

/// The methods that the clients of one process refuse to call, by service and method.
#[derive(Clone, Default)]
pub(crate) struct Refusals(Arc<Mutex<BTreeMap<(String, String), Refusal>>>);

impl Refusals {
    /// Replaces what is known about `methods` of a service.
    pub(crate) fn replace<'a>(
        &self,
        service: &str,
        methods: impl Iterator<Item = &'a str>,
        refused: impl Iterator<Item = Refusal>,
    ) {
        let mut known = self.known();
        for method in methods {
            known.remove(&(service.to_owned(), method.to_owned()));
        }
        known.extend(refused.map(|refusal| ((refusal.service.clone(), refusal.method.clone()), refusal)));
        let count = u32::try_from(known.len()).unwrap_or(u32::MAX);
        metrics::gauge!(REFUSED_METHODS).set(count);
    }

    /// All of them, by service and method.
    pub(crate) fn list(&self) -> Vec<Refusal> {
        self.known().values().cloned().collect()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(String, String), Refusal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
