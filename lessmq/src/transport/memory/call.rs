//! The caller's side of a call.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::time::Instant;

use super::connection::{Connection, closed};
use super::message::Message;
use super::{check_size, unavailable};
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Address, Responder, Settling};

/// Someone who waits for a reply. Messages and responders share it.
pub(super) struct Call {
    deadline: Instant,
    state: Mutex<State>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "a reply in a box of its own would cost every call an allocation"
)]
enum State {
    Waiting(Option<Waker>),
    Replied(Result<Envelope>),
    /// The caller has left, or has its reply.
    Left,
}

impl Call {
    fn new(deadline: Instant) -> Arc<Self> {
        Arc::new(Self { deadline, state: Mutex::new(State::Waiting(None)) })
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn is_abandoned(&self) -> bool {
        !matches!(*self.state(), State::Waiting(_))
    }

    /// Lets the caller go, who may have left before.
    pub(super) fn end(&self, reply: Result<Envelope>) {
        let mut state = self.state();
        let State::Waiting(waker) = &mut *state else { return };
        let waker = waker.take();
        *state = State::Replied(reply);
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Nobody waits any more.
    pub(super) fn leave(&self) {
        *self.state() = State::Left;
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Result<Envelope>> {
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

/// The way back to the caller.
pub(super) struct ReplyTo(pub(super) Arc<Call>);

impl Responder for ReplyTo {
    fn reply(self: Box<Self>, reply: Envelope) -> Settling {
        Settling::done(check_size(&reply).map(|()| self.0.end(Ok(reply))))
    }
}

/// Sends a call when it is first polled, and waits for its reply. A message that stands in its box already keeps the
/// future small.
pub(super) async fn request(
    connection: &Connection,
    to: &Address,
    mut message: Box<Message>,
    deadline: Instant,
) -> Result<Envelope> {
    if let Address::Commands { .. } | Address::Event { .. } = to {
        return Err(Error::new(ErrorKind::Unsupported, "commands and events have no reply"));
    }
    check_size(&message.envelope)?;
    let call = Call::new(deadline);
    message.call = Some(Arc::clone(&call));
    let mut place = connection.waiting().enter(call).ok_or_else(closed)?;
    if !connection.bus().send(to, message) {
        return Err(unreachable(to));
    }
    // A call that was dropped without a reply is waited for all the same, as over a network.
    poll_fn(|cx| match place.call.poll(cx) {
        Poll::Pending => place.poll_deadline(cx).map(|()| Err(too_late())),
        reply => reply,
    })
    .await
}

fn too_late() -> Error {
    Error::new(ErrorKind::DeadlineExceeded, "the deadline passed before the reply came")
}

fn unreachable(to: &Address) -> Error {
    match to {
        Address::Calls { service } => unavailable(service),
        to => Error::new(ErrorKind::Unavailable, format!("no queue is bound to {to:?}")),
    }
}
