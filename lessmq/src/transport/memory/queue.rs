//! One queue: messages that wait, and messages that are unsettled.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

pub(super) use super::member::MemberId;
use super::member::{Member, UnsettledCalls};
use super::message::Message;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{ConsumeOptions, DeadLetter, Status};

/// A queue: messages in the order of publishing, and the consumers that share them.
#[derive(Default)]
pub(super) struct MessageQueue {
    state: Mutex<State>,
    dead_letters: OnceLock<Arc<MessageQueue>>,
    delayed: Delayed,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// The consumers of the queue share its messages.
    #[default]
    Shared,
    /// The oldest consumer of the queue gets all messages.
    Ordered,
    /// The queue belongs to one consumer.
    Private,
}

#[derive(Default)]
struct State {
    /// The messages that can be delivered, sorted by sequence number.
    ready: VecDeque<Box<Message>>,
    last_sequence: u64,
    /// The oldest first. A consumer that has ended stays until its last message is settled.
    members: Vec<Member>,
    last_member: MemberId,
}

/// Counts the messages that wait for a retry.
#[derive(Clone, Default)]
pub(super) struct Delayed(Arc<AtomicUsize>);

/// Counts one message that waits for a retry, until this is dropped.
pub(super) struct DelayedEntry(Delayed);

impl Delayed {
    pub(super) fn enter(&self) -> DelayedEntry {
        self.0.fetch_add(1, Ordering::Relaxed);
        DelayedEntry(self.clone())
    }
}

impl Drop for DelayedEntry {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl MessageQueue {
    pub(super) fn new(ordered: bool) -> Arc<Self> {
        let kind = if ordered { Kind::Ordered } else { Kind::Shared };
        Arc::new(Self { kind, ..Self::default() })
    }

    /// The queue of one consumer, whose dead letters outlive it in `dead_letters`.
    pub(super) fn private(dead_letters: Arc<Self>) -> Arc<Self> {
        Arc::new(Self { dead_letters: dead_letters.into(), kind: Kind::Private, ..Self::default() })
    }

    pub(super) fn is_private(&self) -> bool {
        self.kind == Kind::Private
    }

    pub(super) fn delayed(&self) -> &Delayed {
        &self.delayed
    }

    pub(super) fn has_consumers(&self) -> bool {
        !self.state().members.is_empty()
    }

    pub(super) fn status(&self) -> Status {
        let state = self.state();
        let waiting = || state.ready.iter().filter(|message| !message.is_abandoned());
        let unsettled = state.members.iter().map(Member::unsettled_count);
        let in_flight = unsettled.sum::<usize>() + self.delayed.0.load(Ordering::Relaxed);
        let oldest = waiting().find_map(|message| message.published_at);
        let dead = self.dead_letters.get().map_or(0, |letters| letters.state().ready.len());
        Status {
            waiting: u64::try_from(waiting().count()).ok(),
            in_flight: u64::try_from(in_flight).ok(),
            dead: u64::try_from(dead).ok(),
            oldest: oldest.and_then(|at| SystemTime::now().duration_since(at).ok()),
        }
    }

    /// Deletes the messages that wait for a consumer, and returns their number.
    pub(super) fn purge(&self) -> usize {
        let dropped = std::mem::take(&mut self.state().ready);
        dropped.iter().filter(|message| !message.is_abandoned()).count()
    }

    pub(super) fn dead_letters(&self) -> &Arc<Self> {
        self.dead_letters.get_or_init(Arc::default)
    }

    /// Stores a message at the end.
    pub(super) fn push(&self, mut message: Box<Message>) {
        let mut state = self.state();
        if state.members.is_empty() {
            state.drop_abandoned();
        }
        state.last_sequence += 1;
        message.sequence = state.last_sequence;
        state.ready.push_back(message);
        self.wake(state);
    }

    /// Stores a message at its previous place.
    pub(super) fn put_back(&self, message: Box<Message>) {
        let mut state = self.state();
        state.put_back(message);
        self.wake(state);
    }

    pub(super) fn join(&self, options: ConsumeOptions) -> (MemberId, Arc<UnsettledCalls>) {
        let mut state = self.state();
        state.last_member += 1;
        let id = state.last_member;
        let member = Member::new(id, options);
        let calls = Arc::clone(&member.calls);
        state.members.push(member);
        (id, calls)
    }

    /// The consumer takes no more messages; its unsettled ones can still be settled.
    pub(super) fn leave(&self, id: MemberId) {
        let mut state = self.state();
        if let Some(member) = state.member(id) {
            member.ended = true;
            member.waker = None;
        }
        state.remove_if_done(id);
        self.wake(state);
    }

    /// Ends the consumer and takes back its unsettled messages.
    pub(super) fn expel(&self, id: MemberId) {
        let mut state = self.state();
        let Some(place) = state.members.iter().position(|member| member.id == id) else { return };
        let (unsettled, waker) = state.members.remove(place).lose();
        for message in unsettled.into_values() {
            state.put_back_lost(message);
        }
        self.wake(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// The next message for a consumer, which may be a call whose caller no longer waits; `None` when the consumer was
    /// expelled.
    pub(super) fn poll_take(&self, id: MemberId, context: &Context<'_>) -> Poll<Option<Box<Message>>> {
        let mut state = self.state();
        let state = &mut *state;
        let Some(age) = state.members.iter().position(|member| member.id == id) else {
            return Poll::Ready(None);
        };
        let may_take = age == 0 || self.kind != Kind::Ordered;
        let member = &mut state.members[age];
        if may_take
            && member.has_room()
            && let Some(message) = state.ready.pop_front()
        {
            member.record(&message);
            return Poll::Ready(Some(message));
        }
        match &mut member.waker {
            Some(waker) => waker.clone_from(context.waker()),
            empty => *empty = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    /// A copy of an unsettled message.
    pub(super) fn unsettled(&self, id: MemberId, sequence: u64) -> Result<Box<Message>> {
        let state = self.state();
        let member = state.members.iter().find(|member| member.id == id);
        let message = member.and_then(|member| member.unsettled.get(&sequence));
        message.map(|message| message.copy()).ok_or_else(delivery_lost_error)
    }

    /// Removes an unsettled message from its consumer. A message that `then` returns goes back to the queue.
    pub(super) fn settle(
        &self,
        id: MemberId,
        sequence: u64,
        then: impl FnOnce(Box<Message>) -> Option<Box<Message>>,
    ) -> Result<()> {
        let mut state = self.state();
        let member = state.member(id).ok_or_else(delivery_lost_error)?;
        let message = member.unsettled.remove(&sequence).ok_or_else(delivery_lost_error)?;
        state.remove_if_done(id);
        if let Some(message) = then(message) {
            state.put_back(message);
        }
        self.wake(state);
        Ok(())
    }

    /// Takes back a message that was dropped unsettled.
    pub(super) fn abandon(&self, id: MemberId, sequence: u64) {
        let mut state = self.state();
        let Some(member) = state.member(id) else { return };
        let Some(message) = member.unsettled.remove(&sequence) else { return };
        state.remove_if_done(id);
        state.put_back_lost(message);
        self.wake(state);
    }

    /// Stores a message among the dead letters. Its caller, if any, gets no reply.
    pub(super) fn store_dead_letter(&self, mut message: Box<Message>, dead_letter: DeadLetter) {
        message.attempt = 1;
        message.dead_letter = Some(dead_letter);
        message.caller = None;
        self.dead_letters().push(message);
    }

    /// Removes one of a consumer's unsettled calls.
    pub(super) fn make_room(&self, calls: &UnsettledCalls) {
        if calls.settle_one() {
            self.wake(self.state());
        }
    }

    /// Releases the lock, then wakes every consumer that may take a message. Waking only one is not enough, because
    /// that consumer may not be polled.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        if state.ready.is_empty() {
            return;
        }
        let (mut first, mut others) = (None, Vec::new());
        for (age, member) in state.members.iter_mut().enumerate() {
            if self.kind == Kind::Ordered && age > 0 {
                break;
            }
            let waits = member.waker.is_some() && member.has_room();
            let waker = if waits { member.waker.take() } else { None };
            if first.is_none() {
                first = waker;
            } else {
                others.extend(waker);
            }
        }
        drop(state);
        first.into_iter().chain(others).for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn member(&mut self, id: MemberId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == id)
    }

    fn put_back(&mut self, message: Box<Message>) {
        let place = self.ready.partition_point(|other| other.sequence < message.sequence);
        self.ready.insert(place, message);
    }

    /// Drops a call, because calls are delivered once. Any other message is delivered again as another attempt.
    fn put_back_lost(&mut self, mut message: Box<Message>) {
        if message.caller.is_none() {
            message.attempt += 1;
            self.put_back(message);
        }
    }

    /// Abandoned calls must not pile up in a queue without consumers.
    fn drop_abandoned(&mut self) {
        while self.ready.front().is_some_and(|message| message.is_abandoned()) {
            self.ready.pop_front();
        }
    }

    fn remove_if_done(&mut self, id: MemberId) {
        self.members.retain(|member| member.id != id || !member.ended || !member.unsettled.is_empty());
    }
}

pub(super) fn delivery_lost_error() -> Error {
    Error::new(ErrorKind::Connection, "the message went back to its queue when the connection was closed")
}
