//! One queue: messages that wait, and messages that are out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use super::member::{Calls, Member};
use super::message::Message;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{ConsumeOptions, DeadLetter};

/// Messages in the order of publishing, and the consumers that share them.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    dead_letters: OnceLock<Arc<Queue>>,
    private: bool,
}

#[derive(Default)]
struct State {
    /// Sorted by sequence.
    ready: VecDeque<Box<Message>>,
    last_sequence: u64,
    /// By age; few. One that has gone stays until what it had out is settled.
    members: Vec<Member>,
    last_member: u64,
}

impl Queue {
    /// The queue of one consumer alone, whose dead letters outlive it in `dead_letters`.
    pub(super) fn private(dead_letters: Arc<Self>) -> Self {
        Self { state: Mutex::default(), dead_letters: dead_letters.into(), private: true }
    }

    pub(super) fn is_private(&self) -> bool {
        self.private
    }

    pub(super) fn dead_letters(&self) -> &Arc<Self> {
        self.dead_letters.get_or_init(Arc::default)
    }

    /// Stores a message at the end.
    pub(super) fn push(&self, mut message: Box<Message>) {
        let mut state = self.state();
        if state.members.is_empty() {
            state.forget_abandoned();
        }
        state.last_sequence += 1;
        message.sequence = state.last_sequence;
        state.ready.push_back(message);
        wake(state);
    }

    /// Stores a message where it stood.
    pub(super) fn put_back(&self, message: Box<Message>) {
        let mut state = self.state();
        state.put_back(message);
        wake(state);
    }

    pub(super) fn join(&self, options: ConsumeOptions) -> (u64, Arc<Calls>) {
        let mut state = self.state();
        state.last_member += 1;
        let id = state.last_member;
        let member = Member::new(id, options);
        let calls = Arc::clone(&member.calls);
        state.members.push(member);
        (id, calls)
    }

    /// The consumer takes no more; what it has out can still be settled.
    pub(super) fn leave(&self, id: u64) {
        let mut state = self.state();
        if let Some(member) = state.member(id) {
            member.gone = true;
            member.waker = None;
        }
        state.forget_if_done(id);
        wake(state);
    }

    /// Ends the consumer and takes back what it has out.
    pub(super) fn expel(&self, id: u64) {
        let mut state = self.state();
        let Some(place) = state.members.iter().position(|member| member.id == id) else { return };
        let (unsettled, waker) = state.members.remove(place).lose();
        for message in unsettled.into_values() {
            state.put_back_lost(message);
        }
        wake(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// The next message for a consumer; `None` when the consumer was expelled.
    pub(super) fn poll_take(&self, id: u64, cx: &Context<'_>) -> Poll<Option<Box<Message>>> {
        let mut state = self.state();
        let state = &mut *state;
        let Some(age) = state.members.iter().position(|member| member.id == id) else {
            return Poll::Ready(None);
        };
        let is_its_turn = age == 0 || !state.is_ordered();
        let member = &mut state.members[age];
        if is_its_turn && member.has_room() {
            while let Some(message) = state.ready.pop_front() {
                if message.is_abandoned() {
                    continue;
                }
                member.note(&message);
                return Poll::Ready(Some(message));
            }
        }
        match &mut member.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            empty => *empty = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// A copy of a message that is out.
    pub(super) fn unsettled(&self, id: u64, sequence: u64) -> Result<Box<Message>> {
        let state = self.state();
        let member = state.members.iter().find(|member| member.id == id);
        let message = member.and_then(|member| member.unsettled.get(&sequence));
        message.map(|message| message.copy()).ok_or_else(lost)
    }

    /// Takes a message that is out from its consumer; what `then` makes of it goes back into the queue.
    pub(super) fn settle(
        &self,
        id: u64,
        sequence: u64,
        then: impl FnOnce(Box<Message>) -> Option<Box<Message>>,
    ) -> Result<()> {
        let mut state = self.state();
        let member = state.member(id).ok_or_else(lost)?;
        let message = member.unsettled.remove(&sequence).ok_or_else(lost)?;
        state.forget_if_done(id);
        if let Some(message) = then(message) {
            state.put_back(message);
        }
        wake(state);
        Ok(())
    }

    /// Takes back a message whose handling ended without a settlement.
    pub(super) fn abandon(&self, id: u64, sequence: u64) {
        let mut state = self.state();
        let Some(member) = state.member(id) else { return };
        let Some(message) = member.unsettled.remove(&sequence) else { return };
        state.forget_if_done(id);
        state.put_back_lost(message);
        wake(state);
    }

    /// Stores a message among the dead letters. Nobody waits for it any more.
    pub(super) fn bury(&self, mut message: Box<Message>, dead_letter: DeadLetter) {
        message.attempt = 1;
        message.dead_letter = Some(dead_letter);
        message.call = None;
        self.dead_letters().push(message);
    }

    /// One of the calls that a consumer has out has ended.
    pub(super) fn make_room(&self, calls: &Calls) {
        if calls.end_one() {
            wake(self.state());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_ordered(&self) -> bool {
        self.members.iter().any(|member| member.ordered)
    }

    fn member(&mut self, id: u64) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == id)
    }

    fn put_back(&mut self, message: Box<Message>) {
        let place = self.ready.partition_point(|other| other.sequence < message.sequence);
        self.ready.insert(place, message);
    }

    /// A call is delivered once; everything else comes back as another attempt.
    fn put_back_lost(&mut self, mut message: Box<Message>) {
        if message.call.is_none() {
            message.attempt += 1;
            self.put_back(message);
        }
    }

    /// Calls that nobody waits for any more must not pile up where nobody consumes.
    fn forget_abandoned(&mut self) {
        while self.ready.front().is_some_and(|message| message.is_abandoned()) {
            self.ready.pop_front();
        }
    }

    fn forget_if_done(&mut self, id: u64) {
        self.members.retain(|member| member.id != id || !member.gone || !member.unsettled.is_empty());
    }
}

/// Releases the lock, then wakes every consumer that may take what is ready. Not one alone, since a consumer that is
/// not being polled must not keep a message from the others.
fn wake(mut state: MutexGuard<'_, State>) {
    if state.ready.is_empty() {
        return;
    }
    let ordered = state.is_ordered();
    let (mut first, mut others) = (None, Vec::new());
    for (age, member) in state.members.iter_mut().enumerate() {
        if ordered && age > 0 {
            break;
        }
        let waker = if member.has_room() { member.waker.take() } else { None };
        if first.is_none() {
            first = waker;
        } else {
            others.extend(waker);
        }
    }
    drop(state);
    first.into_iter().chain(others).for_each(Waker::wake);
}

pub(super) fn lost() -> Error {
    Error::new(ErrorKind::Connection, "the message went back to its queue when the connection was closed")
}
