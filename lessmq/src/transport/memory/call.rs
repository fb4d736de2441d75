//! The caller's side of a call.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::time::Instant;

use super::connection::Connection;
use super::message::Message;
use super::{check_size, unavailable};
use crate::envelope::Reply;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Address, Responder, Settling};

/// Someone who waits for a reply. Messages and responders share it.
pub(super) struct Call {
    deadline: Instant,
    /// Whether the state says so, to be asked without the lock.
    waiting: AtomicBool,
    state: Mutex<State>,
}

enum State {
    Waiting(Option<Waker>),
    Replied(Result<Reply>),
    /// The caller has left, or has its reply.
    Left,
}

impl Call {
    fn new(deadline: Instant, caller: Waker) -> Arc<Self> {
        Arc::new(Self {
            deadline,
            waiting: AtomicBool::new(true),
            state: Mutex::new(State::Waiting(Some(caller))),
        })
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    /// Lets the caller go, who may have left before.
    pub(super) fn end(&self, reply: Result<Reply>) {
        let mut state = self.state();
        let State::Waiting(waker) = &mut *state else { return };
        let waker = waker.take();
        *state = State::Replied(reply);
        self.waiting.store(false, Ordering::Release);
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Nobody waits any more.
    fn leave(&self) {
        *self.state() = State::Left;
        self.waiting.store(false, Ordering::Release);
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Result<Reply>> {
        let mut state = self.state();
        if let State::Waiting(waker) = &mut *state {
            match waker {
                Some(waker) => waker.clone_from(cx.waker()),
                empty => *empty = Some(cx.waker().clone()),
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

impl Responder for Call {
    fn reply(self: Arc<Self>, reply: Reply) -> Settling {
        Settling::done(check_size(&reply.data).map(|()| self.end(Ok(reply))))
    }
}

/// Sends a call when it is first polled, and waits for its reply. A message that stands in its box already keeps the
/// future small.
pub(super) fn request<'a>(
    connection: &'a Connection,
    to: &'a Address,
    mut message: Box<Message>,
    deadline: Instant,
) -> impl Future<Output = Result<Reply>> + 'a {
    PendingReply::new(deadline, move |call| {
        if let Address::Commands { .. } | Address::Event { .. } = to {
            return Err(Error::new(ErrorKind::Unsupported, "commands and events have no reply"));
        }
        check_size(&message.envelope.data)?;
        if message.envelope.expires_in.map_or_else(|| deadline <= Instant::now(), |left| left.is_zero()) {
            return Err(too_late());
        }
        message.call = Some(Arc::clone(call));
        connection.waiting().enter(call)?;
        if connection.bus().send(to, message) { Ok(()) } else { Err(unreachable(to)) }
    })
}

/// A call that `send` sends when it is first polled, and then its reply, or its end. A call that was dropped without a
/// reply is waited for all the same, as over a network.
pub(super) struct PendingReply<S> {
    deadline: Instant,
    stage: Stage<S>,
}

enum Stage<S> {
    Unsent(S),
    Sent(Arc<Call>),
    Over,
}

impl<S: FnOnce(&Arc<Call>) -> Result<()> + Unpin> PendingReply<S> {
    pub(super) fn new(deadline: Instant, send: S) -> Self {
        Self { deadline, stage: Stage::Unsent(send) }
    }
}

impl<S: FnOnce(&Arc<Call>) -> Result<()> + Unpin> Future for PendingReply<S> {
    type Output = Result<Reply>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Stage::Sent(call) = &self.stage {
            let reply = ready!(call.poll(cx));
            self.stage = Stage::Over;
            return Poll::Ready(reply);
        }
        let Stage::Unsent(send) = std::mem::replace(&mut self.stage, Stage::Over) else {
            return Poll::Pending;
        };
        // The call knows its caller before it is sent, so whatever happens to it from then on wakes the caller.
        let call = Call::new(self.deadline, cx.waker().clone());
        if let Err(error) = send(&call) {
            call.leave();
            return Poll::Ready(Err(error));
        }
        self.stage = Stage::Sent(call);
        Poll::Pending
    }
}

impl<S> Drop for PendingReply<S> {
    fn drop(&mut self) {
        if let Stage::Sent(call) = &self.stage {
            call.leave();
        }
    }
}

pub(super) fn too_late() -> Error {
    Error::new(ErrorKind::DeadlineExceeded, "the deadline passed before the reply came")
}

fn unreachable(to: &Address) -> Error {
    match to {
        Address::Calls { service } => unavailable(service),
        to => Error::new(ErrorKind::Unavailable, format!("no queue is bound to {to:?}")),
    }
}
