//! One queue: messages that wait, and messages that are out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use tokio::time::Instant;

use super::call::Call;
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{ConsumeOptions, DeadLetter};

/// A message in a queue.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) envelope: Arc<Envelope>,
    pub(super) attempt: u32,
    /// Not on calls, which need no look at the clock for it; see [`Message::received_at`].
    pub(super) published_at: Option<SystemTime>,
    pub(super) dead_letter: Option<DeadLetter>,
    pub(super) call: Option<Arc<Call>>,
    /// Its place in the queue, and its name while it is out.
    pub(super) sequence: u64,
}

impl Message {
    pub(super) fn new(envelope: Envelope) -> Box<Self> {
        let envelope = Arc::new(envelope);
        Box::new(Self {
            envelope,
            attempt: 1,
            published_at: None,
            dead_letter: None,
            call: None,
            sequence: 0,
        })
    }

    /// A message that is published now.
    pub(super) fn stored(envelope: Envelope) -> Box<Self> {
        let mut message = Self::new(envelope);
        message.published_at = Some(SystemTime::now());
        message
    }

    /// When this process got the message: a call when it was sent, which was in this process, too.
    pub(super) fn received_at(&self, now: Instant) -> Instant {
        let sent_at = || self.call.as_ref()?.deadline().checked_sub(self.envelope.expires_in?);
        sent_at().map_or(now, |sent_at| sent_at.min(now))
    }

    fn is_expired(&self, now: Instant) -> bool {
        self.call.as_ref().is_some_and(|call| call.deadline() <= now)
    }

    fn is_abandoned(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.is_abandoned())
    }
}

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
    /// By age. One that has gone stays until what it had out is settled.
    members: BTreeMap<u64, Member>,
    last_member: u64,
}

/// A consumer as its queue sees it.
struct Member {
    prefetch: usize,
    ordered: bool,
    gone: bool,
    waker: Option<Waker>,
    unsettled: BTreeMap<u64, Box<Message>>,
    calls: Arc<Calls>,
}

/// The calls that one consumer has out. They are counted without the queue's lock.
#[derive(Default)]
pub(super) struct Calls {
    out: AtomicUsize,
    /// Whether the consumer waits for room.
    awaited: AtomicBool,
    /// Whether the connection was closed meanwhile.
    lost: AtomicBool,
}

impl Calls {
    pub(super) fn are_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
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
        let member = Member {
            prefetch: usize::from(options.prefetch.max(1)),
            ordered: options.ordered,
            gone: false,
            waker: None,
            unsettled: BTreeMap::new(),
            calls: Arc::default(),
        };
        let calls = Arc::clone(&member.calls);
        state.members.insert(id, member);
        (id, calls)
    }

    /// The consumer takes no more; what it has out can still be settled.
    pub(super) fn leave(&self, id: u64) {
        let mut state = self.state();
        if let Some(member) = state.members.get_mut(&id) {
            member.gone = true;
            member.waker = None;
        }
        state.forget_if_done(id);
        wake(state);
    }

    /// Ends the consumer and takes back what it has out.
    pub(super) fn expel(&self, id: u64) {
        let mut state = self.state();
        let Some(member) = state.members.remove(&id) else { return };
        member.calls.lost.store(true, Ordering::Release);
        for (_, message) in member.unsettled {
            state.put_back_lost(message);
        }
        wake(state);
        if let Some(waker) = member.waker {
            waker.wake();
        }
    }

    /// The next message for a consumer, and when it was taken; `None` when the consumer was expelled.
    pub(super) fn poll_take(&self, id: u64, cx: &Context<'_>) -> Poll<Option<(Box<Message>, Instant)>> {
        let mut state = self.state();
        let state = &mut *state;
        let may_take = state.may_take(id);
        let Some(member) = state.members.get_mut(&id) else { return Poll::Ready(None) };
        if may_take {
            let now = Instant::now();
            while let Some(message) = state.ready.pop_front() {
                if message.is_abandoned() || message.is_expired(now) {
                    continue;
                }
                if message.call.is_some() {
                    member.calls.out.fetch_add(1, Ordering::SeqCst);
                } else {
                    member.unsettled.insert(message.sequence, message.clone());
                }
                return Poll::Ready(Some((message, now)));
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
        let message = state.members.get(&id).and_then(|member| member.unsettled.get(&sequence));
        message.cloned().ok_or_else(lost)
    }

    /// Takes a message that is out from its consumer; what `then` makes of it goes back into the queue.
    pub(super) fn settle(
        &self,
        id: u64,
        sequence: u64,
        then: impl FnOnce(Box<Message>) -> Option<Box<Message>>,
    ) -> Result<()> {
        let mut state = self.state();
        let member = state.members.get_mut(&id).ok_or_else(lost)?;
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
        let Some(member) = state.members.get_mut(&id) else { return };
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
        calls.out.fetch_sub(1, Ordering::SeqCst);
        if calls.awaited.load(Ordering::SeqCst) {
            wake(self.state());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    /// Where there is no room, the end of a call will wake the consumer.
    fn has_room(&self) -> bool {
        let has_room = || self.unsettled.len() + self.calls.out.load(Ordering::SeqCst) < self.prefetch;
        if self.gone {
            return false;
        }
        let now = has_room();
        if self.calls.awaited.load(Ordering::Relaxed) == now {
            self.calls.awaited.store(!now, Ordering::SeqCst);
        }
        // A call may have ended before it could know that it is awaited.
        now || has_room()
    }
}

impl State {
    fn is_ordered(&self) -> bool {
        self.members.values().any(|member| member.ordered)
    }

    /// Whether the consumer has room and, where one of them asked for order, is the oldest.
    fn may_take(&self, id: u64) -> bool {
        let is_oldest = || self.members.first_key_value().is_some_and(|(oldest, _)| *oldest == id);
        self.members.get(&id).is_some_and(Member::has_room) && (is_oldest() || !self.is_ordered())
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
        if self.members.get(&id).is_some_and(|member| member.gone && member.unsettled.is_empty()) {
            self.members.remove(&id);
        }
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
    for (age, member) in state.members.values_mut().enumerate() {
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
