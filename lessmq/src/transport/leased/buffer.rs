//! A buffer of received messages that were not delivered yet.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A channel from one task to another. Either side can end it, and then the items in it are dropped.
pub(super) struct Buffer<T>(Mutex<State<T>>);

struct State<T> {
    items: VecDeque<T>,
    waker: Option<Waker>,
    ended: bool,
}

impl<T> Buffer<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State { items: VecDeque::new(), waker: None, ended: false }))
    }

    /// Adds an item, or drops it after the end.
    pub(super) fn push(&self, item: T) {
        let mut state = self.state();
        if state.ended {
            drop(state);
            return drop(item);
        }
        state.items.push_back(item);
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// The next item; `None` after the end.
    pub(super) fn poll_pop(&self, context: &Context<'_>) -> Poll<Option<T>> {
        let mut state = self.state();
        if let Some(item) = state.items.pop_front() {
            return Poll::Ready(Some(item));
        }
        if state.ended {
            return Poll::Ready(None);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Drops the remaining items, and accepts no more.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        let (items, waker) = (std::mem::take(&mut state.items), state.waker.take());
        drop(state);
        drop(items);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Adds an item, and ends the buffer after it.
    pub(super) fn end_with(&self, item: T) {
        self.push(item);
        let mut state = self.state();
        state.ended = true;
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
