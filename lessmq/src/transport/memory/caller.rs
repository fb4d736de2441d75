//! A caller that waits for the reply to its call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::time::Instant;

use crate::envelope::Frame;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Responder, SettleFuture};

/// A caller that waits for a reply. The message and its responder share it.
pub(super) struct Caller {
    deadline: Instant,
    /// A copy of the state that can be read without the lock.
    waiting: AtomicBool,
    state: Mutex<State>,
}

enum State {
    Waiting(Option<Waker>),
    Replied(Result<Frame>),
    /// The caller has its reply or no longer waits.
    Left,
}

impl Caller {
    pub(super) fn new(deadline: Instant, waker: Waker) -> Arc<Self> {
        Arc::new(Self {
            deadline,
            waiting: AtomicBool::new(true),
            state: Mutex::new(State::Waiting(Some(waker))),
        })
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    /// Ends the call, unless it has ended before.
    pub(super) fn end(&self, reply: Result<Frame>) {
        let mut state = self.state();
        let State::Waiting(waker) = &mut *state else { return };
        let waker = waker.take();
        *state = State::Replied(reply);
        self.waiting.store(false, Ordering::Release);
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// The caller stops waiting.
    pub(super) fn leave(&self) {
        *self.state() = State::Left;
        self.waiting.store(false, Ordering::Release);
    }

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Result<Frame>> {
        let mut state = self.state();
        if let State::Waiting(waker) = &mut *state {
            match waker {
                Some(waker) => waker.clone_from(context.waker()),
                empty => *empty = Some(context.waker().clone()),
            }
            return Poll::Pending;
        }
        match std::mem::replace(&mut *state, State::Left) {
            State::Replied(reply) => Poll::Ready(reply),
            State::Waiting(_) | State::Left => Poll::Pending,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Responder for Caller {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        let sent = check_frame(&frame).map(|()| self.end(Ok(frame)));
        SettleFuture::done(sent)
    }
}

fn check_frame(frame: &Frame) -> Result<()> {
    let (size, limit) = (frame.encoded_len(), super::CAPABILITIES.max_message);
    if size > limit {
        return Err(crate::transport::too_large_error("the reply", size, limit));
    }
    if !frame.end || frame.sequence > 0 {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "the driver `memory` does not support streamed replies",
        ));
    }
    Ok(())
}
