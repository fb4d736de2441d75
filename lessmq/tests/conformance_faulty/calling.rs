//! Defects of calls.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use lessmq::envelope::{Envelope, Outcome, Reply};
use lessmq::transport::memory::Memory;
use lessmq::transport::{Acknowledger, Address, Delivery, Responder, Settlement, Settling, Transport};
use lessmq::{Error, ErrorKind, Result};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::driver::{Fault, lock};
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
        row(
            "forgets a call that was acknowledged",
            ForgetsAcknowledged,
            &["a_call_can_be_acknowledged_before_its_reply"],
        ),
        row("takes few calls at once", TakesFew::default(), &["many_calls_are_under_way_at_once"]),
        row("sends one call at a time", OneAtATime::default(), &["replies_come_in_any_order"]),
        row("mixes replies up", MixesUp::default(), &["callers_get_their_own_replies"]),
        row("never gives up", NeverGivesUp, deadline),
        row("gives up too early", GivesUp(|left| left / 2), deadline),
        row("gives up too late", GivesUp(|left| left + Duration::from_secs(5)), deadline),
        row(
            "delivers expired calls",
            DeliversExpired,
            &[
                "a_call_whose_deadline_has_passed_fails",
                "an_expired_call_is_not_delivered",
                "a_call_that_expired_without_a_provider_is_not_delivered",
            ],
        ),
        row("gives late replies to others", KeepsLate::default(), &["a_late_reply_is_dropped"]),
        row("sends the last reply", LastReply, &["a_second_reply_is_dropped"]),
        row("fails late replies", FailsLate, &["a_late_reply_is_dropped"]),
        row("remembers callers that left", Leaks::default(), &["a_caller_may_leave"]),
        row(
            "waits for a service that never was",
            WaitsForNobody,
            &["a_call_to_a_service_that_never_was_is_refused"],
        ),
    ]
}

/// Spoils replies.
struct Replying(fn(&mut Reply));

#[async_trait]
impl Fault for Replying {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        let mut reply = bus.request(to, message, by).await?;
        (self.0)(&mut reply);
        Ok(reply)
    }
}

struct ForgetsAcknowledged;

impl Fault for ForgetsAcknowledged {
    fn deliver(&self, mut delivery: Delivery) -> Delivery {
        let settled = Arc::new(AtomicBool::new(false));
        let responder = delivery.responder.take();
        delivery.responder = responder
            .map(|inner| Arc::new(UnlessSettled { settled: settled.clone(), inner }) as Arc<dyn Responder>);
        delivery.acknowledger = Box::new(Settles { settled, inner: delivery.acknowledger });
        delivery
    }
}

struct Settles {
    settled: Arc<AtomicBool>,
    inner: Box<dyn Acknowledger>,
}

impl Acknowledger for Settles {
    fn settle(self: Box<Self>, settlement: Settlement) -> Settling {
        self.settled.store(true, Ordering::SeqCst);
        self.inner.settle(settlement)
    }
}

struct UnlessSettled {
    settled: Arc<AtomicBool>,
    inner: Arc<dyn Responder>,
}

impl Responder for UnlessSettled {
    fn reply(self: Arc<Self>, reply: Reply) -> Settling {
        if self.settled.load(Ordering::SeqCst) {
            Settling::done(Ok(()))
        } else {
            Arc::clone(&self.inner).reply(reply)
        }
    }
}

#[derive(Default)]
struct TakesFew(AtomicUsize);

#[async_trait]
impl Fault for TakesFew {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        if self.0.fetch_add(1, Ordering::SeqCst) >= 64 {
            return Err(Error::new(ErrorKind::Connection, "too many calls"));
        }
        let reply = bus.request(to, message, by).await;
        self.0.fetch_sub(1, Ordering::SeqCst);
        reply
    }
}

#[derive(Default)]
struct OneAtATime(tokio::sync::Mutex<()>);

#[async_trait]
impl Fault for OneAtATime {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        let _turn = self.0.lock().await;
        bus.request(to, message, by).await
    }
}

/// Gives each caller the reply of the one before.
#[derive(Default)]
struct MixesUp(Mutex<Option<Reply>>);

#[async_trait]
impl Fault for MixesUp {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        let reply = bus.request(to, message, by).await?;
        let before = lock(&self.0).replace(reply.clone());
        Ok(before.unwrap_or(reply))
    }
}

struct NeverGivesUp;

#[async_trait]
impl Fault for NeverGivesUp {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        match bus.request(to, message, by).await {
            Err(error) if error.kind() == ErrorKind::DeadlineExceeded => pending().await,
            ended => ended,
        }
    }
}

struct GivesUp(fn(Duration) -> Duration);

#[async_trait]
impl Fault for GivesUp {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        let now = Instant::now();
        bus.request(to, message, now + (self.0)(by - now)).await
    }
}

const LONG: Duration = Duration::from_secs(3600);

/// A call that goes on when its caller has left.
fn send(bus: &Memory, to: &Address, message: Arc<Envelope>, by: Instant) -> JoinHandle<Result<Reply>> {
    let (bus, to) = (bus.clone(), to.clone());
    tokio::spawn(async move { bus.request(&to, message, by + LONG).await })
}

fn too_late() -> Error {
    Error::new(ErrorKind::DeadlineExceeded, "too late")
}

struct DeliversExpired;

#[async_trait]
impl Fault for DeliversExpired {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        let reply = timeout_at(by, send(bus, to, message, by)).await.map_err(|_| too_late())?;
        reply.expect("the call ran")
    }
}

#[derive(Default)]
struct KeepsLate(Mutex<Vec<JoinHandle<Result<Reply>>>>);

#[async_trait]
impl Fault for KeepsLate {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        let late = lock(&self.0).pop();
        let sent = send(bus, to, message, by);
        let mut reply = late.unwrap_or(sent);
        match timeout_at(by, &mut reply).await {
            Ok(reply) => reply.expect("the call ran"),
            Err(_) => {
                lock(&self.0).push(reply);
                Err(too_late())
            }
        }
    }
}

/// Keeps a reply back until the message is settled, in case there is a better one.
struct LastReply;

impl Fault for LastReply {
    fn deliver(&self, mut delivery: Delivery) -> Delivery {
        let last = Arc::new(Mutex::new(None));
        let Some(inner) = delivery.responder.take() else { return delivery };
        delivery.responder = Some(Arc::new(Keeps(last.clone())));
        delivery.acknowledger = Box::new(Sends { last, responder: inner, inner: delivery.acknowledger });
        delivery
    }
}

struct Keeps(Arc<Mutex<Option<Reply>>>);

impl Responder for Keeps {
    fn reply(self: Arc<Self>, reply: Reply) -> Settling {
        *lock(&self.0) = Some(reply);
        Settling::done(Ok(()))
    }
}

struct Sends {
    last: Arc<Mutex<Option<Reply>>>,
    responder: Arc<dyn Responder>,
    inner: Box<dyn Acknowledger>,
}

impl Acknowledger for Sends {
    fn settle(self: Box<Self>, settlement: Settlement) -> Settling {
        Settling::until(async move {
            let last = lock(&self.last).take();
            if let Some(reply) = last {
                self.responder.reply(reply).await?;
            }
            self.inner.settle(settlement).await
        })
    }
}

struct FailsLate;

impl Fault for FailsLate {
    fn deliver(&self, mut delivery: Delivery) -> Delivery {
        let received_at = delivery.received_at;
        let responder = delivery.responder.take();
        delivery.responder =
            responder.map(|inner| Arc::new(InTime { received_at, inner }) as Arc<dyn Responder>);
        delivery
    }
}

struct InTime {
    received_at: Instant,
    inner: Arc<dyn Responder>,
}

impl Responder for InTime {
    fn reply(self: Arc<Self>, reply: Reply) -> Settling {
        if self.received_at.elapsed() > Duration::from_millis(100) {
            return Settling::done(Err(Error::new(ErrorKind::Connection, "the caller has left")));
        }
        Arc::clone(&self.inner).reply(reply)
    }
}

/// Gives a caller's place free only when it has its reply.
struct Leaks(Semaphore);

impl Default for Leaks {
    fn default() -> Self {
        Self(Semaphore::new(1))
    }
}

#[async_trait]
impl Fault for Leaks {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        self.0.acquire().await.expect("it is never closed").forget();
        let reply = bus.request(to, message, by).await;
        self.0.add_permits(1);
        reply
    }
}

struct WaitsForNobody;

#[async_trait]
impl Fault for WaitsForNobody {
    async fn request(
        &self,
        bus: &Memory,
        to: &Address,
        message: Arc<Envelope>,
        by: Instant,
    ) -> Result<Reply> {
        match bus.request(to, message, by).await {
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                sleep_until(by).await;
                Err(too_late())
            }
            ended => ended,
        }
    }
}
