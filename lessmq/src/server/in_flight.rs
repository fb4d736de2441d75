//! The calls that are being handled, so that they can be cancelled.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{AbortHandle, AbortRegistration};

use crate::envelope::MessageId;

/// The limit of remembered calls that were cancelled before they started.
const MAX_CANCELLED: usize = 1024;

/// The calls that are being handled in this process, by message id.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Shared>);

#[derive(Default)]
struct Shared {
    calls: Mutex<Calls>,
    /// Whether there are cancelled calls. Checked at every call, and rarely true.
    any_cancelled: AtomicBool,
}

#[derive(Default)]
struct Calls {
    running: HashMap<MessageId, AbortHandle>,
    cancelled: VecDeque<MessageId>,
}

impl InFlight {
    /// Adds a call. It is removed when the entry is dropped.
    pub(super) fn enter(&self, message: &MessageId) -> (Entry, AbortRegistration) {
        let (handle, registration) = AbortHandle::new_pair();
        let mut calls = self.calls();
        // The call may have been cancelled after it was admitted.
        if self.forget_cancelled(&mut calls, message) {
            handle.abort();
        }
        calls.running.insert(message.clone(), handle);
        drop(calls);
        (Entry { in_flight: self.clone(), message: message.clone() }, registration)
    }

    /// Cancels a call: drops its handler if it is running. Otherwise, its handler will not be started.
    pub(crate) fn cancel(&self, message: MessageId) {
        let mut calls = self.calls();
        if let Some(handle) = calls.running.remove(&message) {
            return handle.abort();
        }
        if calls.cancelled.len() == MAX_CANCELLED {
            calls.cancelled.pop_front();
        }
        calls.cancelled.push_back(message);
        self.0.any_cancelled.store(true, Ordering::Release);
    }

    /// Whether a call that has not started was cancelled.
    pub(super) fn is_cancelled(&self, message: &MessageId) -> bool {
        if !self.0.any_cancelled.load(Ordering::Acquire) {
            return false;
        }
        self.forget_cancelled(&mut self.calls(), message)
    }

    /// Removes a call from the cancelled ones, and returns whether it was one.
    fn forget_cancelled(&self, calls: &mut Calls, message: &MessageId) -> bool {
        let index = calls.cancelled.iter().position(|cancelled| cancelled == message);
        let found = index.and_then(|index| calls.cancelled.remove(index)).is_some();
        self.0.any_cancelled.store(!calls.cancelled.is_empty(), Ordering::Release);
        found
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that is being handled.
pub(super) struct Entry {
    in_flight: InFlight,
    message: MessageId,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.in_flight.calls().running.remove(&self.message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_stops_the_handler_or_keeps_it_from_starting() {
        let in_flight = InFlight::default();
        let (_entry, registration) = in_flight.enter(&"running".into());
        in_flight.cancel("running".into());
        assert!(registration.handle().is_aborted());
        assert!(!in_flight.is_cancelled(&"running".into()));

        in_flight.cancel("waiting".into());
        assert!(!in_flight.is_cancelled(&"another".into()));
        assert!(in_flight.is_cancelled(&"waiting".into()));
        assert!(!in_flight.is_cancelled(&"waiting".into()), "it is forgotten");
    }

    #[test]
    fn cancelled_calls_do_not_pile_up() {
        let in_flight = InFlight::default();
        for message in 0..2 * MAX_CANCELLED {
            in_flight.cancel(message.to_string().as_str().into());
        }
        assert_eq!(in_flight.calls().cancelled.len(), MAX_CANCELLED);
    }
}
