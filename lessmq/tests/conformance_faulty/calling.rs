//! Defects of calls, at the caller.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lessmq::envelope::{Frame, Outcome};
use lessmq::transport::memory::Memory;
use lessmq::transport::{Outgoing, Queue, Replies, Transport};
use lessmq::{Error, ErrorKind, Result};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::driver::{Fault, OutgoingCall, lock};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let deadline = &["an_unanswered_call_ends_at_its_deadline"];
    vec![
        row(
            "loses the outcome of replies",
            Replying(|reply| reply.outcome = Outcome::Ok),
            &["a_call_is_answered"],
        ),
        row(
            "loses the contract of replies",
            Replying(|reply| reply.data_schema = None),
            &["a_call_is_answered"],
        ),
        row("cuts replies", Replying(|reply| reply.data.truncate(1)), &["a_call_is_answered"]),
        row("limits the calls in progress", FewCalls::default(), &["many_calls_can_be_in_progress"]),
        row("sends one call at a time", OneAtATime::default(), &["replies_arrive_in_any_order"]),
        row("mixes replies up", MixesUp::default(), &["every_caller_gets_the_reply_to_its_call"]),
        row("ignores deadlines", IgnoresDeadlines, deadline),
        row("ends calls too early", MovesDeadline(|left| left / 2), deadline),
        row("ends calls too late", MovesDeadline(|left| left + Duration::from_secs(5)), deadline),
        row(
            "delivers expired calls",
            DeliversExpired,
            &[
                "a_call_whose_deadline_has_passed_fails",
                "an_expired_call_is_not_delivered",
                "a_call_that_expired_without_a_provider_is_not_delivered",
            ],
        ),
        row("gives late replies to other calls", KeepsLate::default(), &["a_late_reply_is_dropped"]),
        row("keeps the place of a caller that left", KeepsPlaces::default(), &["a_call_can_be_cancelled"]),
        row(
            "forgets that a call is idempotent",
            SendsOnce,
            &["an_idempotent_call_that_is_dropped_is_delivered_again"],
        ),
        row("sends a call before it is polled", SendsUnpolled, &["a_call_is_sent_when_it_is_polled"]),
        row(
            "waits for a service that no one provides",
            WaitsForProvider,
            &["a_call_to_a_service_that_no_one_provides_fails"],
        ),
        row(
            "sends a call to a queue of commands",
            CallsCommands,
            &["a_call_to_a_queue_of_commands_is_refused"],
        ),
    ]
}

/// Changes replies.
struct Replying(fn(&mut Frame));

impl Fault for Replying {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            let mut reply = call.send(bus).only().await?;
            (self.0)(&mut reply);
            Ok(reply)
        })
    }
}

#[derive(Default)]
struct FewCalls(AtomicUsize);

impl Fault for FewCalls {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            if self.0.fetch_add(1, Ordering::SeqCst) >= 64 {
                return Err(Error::new(ErrorKind::Connection, "too many calls"));
            }
            let reply = call.send(bus).only().await;
            self.0.fetch_sub(1, Ordering::SeqCst);
            reply
        })
    }
}

#[derive(Default)]
struct OneAtATime(tokio::sync::Mutex<()>);

impl Fault for OneAtATime {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            let _sending = self.0.lock().await;
            call.send(bus).only().await
        })
    }
}

/// Gives each caller the reply of the one before.
#[derive(Default)]
struct MixesUp(Mutex<Option<Frame>>);

impl Fault for MixesUp {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            let reply = call.send(bus).only().await?;
            let before = lock(&self.0).replace(reply.clone());
            Ok(before.unwrap_or(reply))
        })
    }
}

struct IgnoresDeadlines;

impl Fault for IgnoresDeadlines {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            match call.send(bus).only().await {
                Err(error) if error.kind() == ErrorKind::DeadlineExceeded => pending().await,
                ended => ended,
            }
        })
    }
}

/// Changes the time that is left.
struct MovesDeadline(fn(Duration) -> Duration);

impl Fault for MovesDeadline {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        let now = Instant::now();
        OutgoingCall { deadline: now + (self.0)(call.deadline - now), ..call }.send(bus)
    }
}

/// A call that continues after its caller has left.
fn spawn_call(bus: &Memory, call: OutgoingCall<'_>) -> JoinHandle<Result<Frame>> {
    let (bus, to) = (bus.clone(), call.to.clone());
    let (message, deadline) = (call.message, call.deadline + Duration::from_secs(3600));
    tokio::spawn(async move { bus.call(&to, message, deadline).only().await })
}

fn too_late() -> Error {
    Error::new(ErrorKind::DeadlineExceeded, "too late")
}

struct DeliversExpired;

impl Fault for DeliversExpired {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            let deadline = call.deadline;
            timeout_at(deadline, spawn_call(bus, call)).await.map_err(|_| too_late())?.expect("the call ran")
        })
    }
}

#[derive(Default)]
struct KeepsLate(Mutex<Vec<JoinHandle<Result<Frame>>>>);

impl Fault for KeepsLate {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            let deadline = call.deadline;
            let late = lock(&self.0).pop();
            let sent = spawn_call(bus, call);
            let mut reply = late.unwrap_or(sent);
            match timeout_at(deadline, &mut reply).await {
                Ok(reply) => reply.expect("the call ran"),
                Err(_) => {
                    lock(&self.0).push(reply);
                    Err(too_late())
                }
            }
        })
    }
}

/// Frees the place of a caller when the caller has its reply.
struct KeepsPlaces(Semaphore);

impl Default for KeepsPlaces {
    fn default() -> Self {
        Self(Semaphore::new(1))
    }
}

impl Fault for KeepsPlaces {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            self.0.acquire().await.expect("it is never closed").forget();
            let reply = call.send(bus).only().await;
            self.0.add_permits(1);
            reply
        })
    }
}

struct SendsUnpolled;

impl Fault for SendsUnpolled {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        let call = spawn_call(bus, call);
        Replies::once(async move { call.await.expect("the call ran") })
    }
}

struct WaitsForProvider;

impl Fault for WaitsForProvider {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            let deadline = call.deadline;
            match call.send(bus).only().await {
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    sleep_until(deadline).await;
                    Err(too_late())
                }
                ended => ended,
            }
        })
    }
}

struct CallsCommands;

impl Fault for CallsCommands {
    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            if let Queue::Commands { .. } = call.to {
                bus.publish_one(Outgoing::new(call.to.clone(), call.message)).await?;
                sleep_until(call.deadline).await;
                return Err(too_late());
            }
            call.send(bus).only().await
        })
    }
}

struct SendsOnce;

impl Fault for SendsOnce {
    fn call<'a>(&'a self, bus: &'a Memory, mut call: OutgoingCall<'a>) -> Replies<'a> {
        Arc::make_mut(&mut call.message).idempotent = false;
        call.send(bus)
    }
}
