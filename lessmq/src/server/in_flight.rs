//! The calls that are being handled, so that they can be cancelled.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{AbortHandle, AbortRegistration};

use crate::envelope::MessageId;

/// How many callers that have left are remembered for calls that have not begun.
const LEFT: usize = 1024;

/// The calls that are being handled in this process, by message id.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Shared>);

#[derive(Default)]
struct Shared {
    calls: Mutex<Calls>,
    /// Whether there are callers that have left; seldom, and asked at every call.
    any_left: AtomicBool,
}

#[derive(Default)]
struct Calls {
    running: HashMap<MessageId, AbortHandle>,
    left: VecDeque<MessageId>,
}

impl InFlight {
    /// Enters a call; it is struck off when the guard is dropped.
    pub(super) fn enter(&self, message: &MessageId) -> (Entry, AbortRegistration) {
        let (handle, registration) = AbortHandle::new_pair();
        self.calls().running.insert(message.clone(), handle);
        (Entry { in_flight: self.clone(), message: message.clone() }, registration)
    }

    /// The caller has left: drops the handler of its message if it runs here, and keeps it from beginning if not.
    pub(crate) fn cancel(&self, message: MessageId) {
        let mut calls = self.calls();
        if let Some(handle) = calls.running.remove(&message) {
            return handle.abort();
        }
        if calls.left.len() == LEFT {
            calls.left.pop_front();
        }
        calls.left.push_back(message);
        self.0.any_left.store(true, Ordering::Release);
    }

    /// Whether the caller of a message that has not begun has left.
    pub(super) fn has_left(&self, message: &MessageId) -> bool {
        if !self.0.any_left.load(Ordering::Acquire) {
            return false;
        }
        let mut calls = self.calls();
        let place = calls.left.iter().position(|left| left == message);
        let found = place.and_then(|place| calls.left.remove(place)).is_some();
        self.0.any_left.store(!calls.left.is_empty(), Ordering::Release);
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
    fn a_cancel_stops_the_handler_or_keeps_it_from_beginning() {
        let in_flight = InFlight::default();
        let (_entry, registration) = in_flight.enter(&"running".into());
        in_flight.cancel("running".into());
        assert!(registration.handle().is_aborted());
        assert!(!in_flight.has_left(&"running".into()));

        in_flight.cancel("waiting".into());
        assert!(!in_flight.has_left(&"another".into()));
        assert!(in_flight.has_left(&"waiting".into()));
        assert!(!in_flight.has_left(&"waiting".into()), "it is forgotten");
    }

    #[test]
    fn callers_that_have_left_do_not_pile_up() {
        let in_flight = InFlight::default();
        for message in 0..2 * LEFT {
            in_flight.cancel(message.to_string().as_str().into());
        }
        assert_eq!(in_flight.calls().left.len(), LEFT);
    }
}
