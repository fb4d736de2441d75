//! The caller's side of a call.

use std::future::{Future, poll_fn};
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
pub(super) async fn request(
    connection: &Connection,
    to: &Address,
    mut message: Box<Message>,
    deadline: Instant,
) -> Result<Reply> {
    if let Address::Commands { .. } | Address::Event { .. } = to {
        return Err(Error::new(ErrorKind::Unsupported, "commands and events have no reply"));
    }
    check_size(&message.envelope.data)?;
    if message.envelope.expires_in.map_or_else(|| deadline <= Instant::now(), |left| left.is_zero()) {
        return Err(too_late());
    }
    let answer = Answer::to_a_new_call(deadline).await;
    message.call = Some(answer.call());
    connection.waiting().enter(answer.call())?;
    if !connection.bus().send(to, message) {
        return Err(unreachable(to));
    }
    answer.await
}

/// The reply to a call, or its end. A call that was dropped without a reply is waited for all the same, as over a network.
pub(super) struct Answer {
    call: Arc<Call>,
    /// Not polled yet, so that the call knows its caller already.
    is_new: bool,
    has_ended: bool,
}

impl Answer {
    /// That of a call of whoever polls this.
    pub(super) async fn to_a_new_call(deadline: Instant) -> Self {
        let caller = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        Self { call: Call::new(deadline, caller), is_new: true, has_ended: false }
    }

    pub(super) fn call(&self) -> Arc<Call> {
        Arc::clone(&self.call)
    }
}

impl Future for Answer {
    type Output = Result<Reply>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if std::mem::take(&mut self.is_new) {
            return Poll::Pending;
        }
        let answer = ready!(self.call.poll(cx));
        self.has_ended = true;
        Poll::Ready(answer)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.has_ended {
            self.call.leave();
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
