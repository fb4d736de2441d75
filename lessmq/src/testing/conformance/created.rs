//! Records what a case created on the broker, so that it is deleted at the end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::harness::External;
use crate::transport::Source;

/// The sources and external names that a case created on the broker.
#[derive(Default)]
pub(super) struct Created {
    sources: Mutex<Vec<Source>>,
    external: Mutex<Vec<External>>,
}

impl Created {
    pub(super) fn record(&self, source: &Source) {
        let mut sources = lock(&self.sources);
        if !sources.contains(source) {
            sources.push(source.clone());
        }
    }

    pub(super) fn record_external(&self, external: &External) {
        lock(&self.external).push(external.clone());
    }

    /// Everything that was recorded since the last call.
    pub(super) fn take(&self) -> (Vec<Source>, Vec<External>) {
        (std::mem::take(&mut *lock(&self.sources)), std::mem::take(&mut *lock(&self.external)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
