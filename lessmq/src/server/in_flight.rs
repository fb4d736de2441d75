//! The calls that are being handled, so that they can be cancelled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{AbortHandle, AbortRegistration};

use crate::envelope::Text;

/// The calls that are being handled in this process, by message id.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<Text, AbortHandle>>>);

impl InFlight {
    /// Enters a call; it is struck off when the guard is dropped.
    pub(super) fn enter(&self, message: &Text) -> (Entry, AbortRegistration) {
        let (handle, registration) = AbortHandle::new_pair();
        self.lock().insert(message.clone(), handle);
        (Entry { calls: self.clone(), message: message.clone() }, registration)
    }

    /// Drops the handler of a message, if it runs here.
    pub(crate) fn cancel(&self, message: &str) {
        if let Some(handle) = self.lock().remove(message) {
            handle.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Text, AbortHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is being handled.
pub(super) struct Entry {
    calls: InFlight,
    message: Text,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.calls.lock().remove(&self.message);
    }
}
