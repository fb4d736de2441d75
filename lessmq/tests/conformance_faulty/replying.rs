//! Defects of calls, at the provider.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lessmq::envelope::Frame;
use lessmq::transport::{Acknowledger, Delivery, Responder, SettleFuture, Settlement};
use lessmq::{Error, ErrorKind};
use tokio::time::Instant;

use crate::driver::{Fault, lock};
use crate::publishing::Claiming;
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let streams = &["a_reply_of_several_frames_arrives_or_is_refused"];
    vec![
        row(
            "forgets a call when it is acknowledged",
            ForgetsAcknowledged,
            &["a_call_can_be_acknowledged_before_its_reply"],
        ),
        row("sends the last of several replies", SendsLast, &["a_second_reply_is_dropped"]),
        row("fails late replies", FailsLate, &["a_late_reply_is_dropped"]),
        row("loses the frames of a stream", LosesFrames, streams),
        row("claims streams and refuses them", Claiming(|c| c.streams = true), streams),
    ]
}

/// Replaces the responder of a call.
fn replace_responder(
    delivery: &mut Delivery,
    replace: impl FnOnce(Arc<dyn Responder>) -> Arc<dyn Responder>,
) {
    delivery.responder = delivery.responder.take().map(replace);
}

struct ForgetsAcknowledged;

impl Fault for ForgetsAcknowledged {
    fn alter_delivery(&self, mut delivery: Delivery) -> Delivery {
        let settled = Arc::new(AtomicBool::new(false));
        replace_responder(&mut delivery, |inner| Arc::new(UnlessSettled { settled: settled.clone(), inner }));
        delivery.acknowledger = Box::new(Settles { settled, inner: delivery.acknowledger });
        delivery
    }
}

struct Settles {
    settled: Arc<AtomicBool>,
    inner: Box<dyn Acknowledger>,
}

impl Acknowledger for Settles {
    fn settle(self: Box<Self>, settlement: Settlement) -> SettleFuture {
        self.settled.store(true, Ordering::SeqCst);
        self.inner.settle(settlement)
    }
}

struct UnlessSettled {
    settled: Arc<AtomicBool>,
    inner: Arc<dyn Responder>,
}

impl Responder for UnlessSettled {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        if self.settled.load(Ordering::SeqCst) {
            SettleFuture::done(Ok(()))
        } else {
            Arc::clone(&self.inner).send(frame)
        }
    }
}

/// Keeps a reply until the message is settled, in case there is a better one.
struct SendsLast;

impl Fault for SendsLast {
    fn alter_delivery(&self, mut delivery: Delivery) -> Delivery {
        let last = Arc::new(Mutex::new(None));
        let Some(inner) = delivery.responder.take() else { return delivery };
        delivery.responder = Some(Arc::new(Keeps(last.clone())));
        delivery.acknowledger = Box::new(SendsKept { last, responder: inner, inner: delivery.acknowledger });
        delivery
    }
}

struct Keeps(Arc<Mutex<Option<Frame>>>);

impl Responder for Keeps {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        *lock(&self.0) = Some(frame);
        SettleFuture::done(Ok(()))
    }
}

struct SendsKept {
    last: Arc<Mutex<Option<Frame>>>,
    responder: Arc<dyn Responder>,
    inner: Box<dyn Acknowledger>,
}

impl Acknowledger for SendsKept {
    fn settle(self: Box<Self>, settlement: Settlement) -> SettleFuture {
        SettleFuture::until(async move {
            let last = lock(&self.last).take();
            if let Some(frame) = last {
                self.responder.send(frame).await?;
            }
            self.inner.settle(settlement).await
        })
    }
}

struct FailsLate;

impl Fault for FailsLate {
    fn alter_delivery(&self, mut delivery: Delivery) -> Delivery {
        let received_at = delivery.received_at;
        replace_responder(&mut delivery, |inner| Arc::new(InTime { received_at, inner }));
        delivery
    }
}

struct InTime {
    received_at: Instant,
    inner: Arc<dyn Responder>,
}

impl Responder for InTime {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        if self.received_at.elapsed() > Duration::from_millis(100) {
            return SettleFuture::done(Err(Error::new(ErrorKind::Connection, "the caller has left")));
        }
        Arc::clone(&self.inner).send(frame)
    }
}

/// Accepts frames that it cannot send.
struct LosesFrames;

impl Fault for LosesFrames {
    fn alter_delivery(&self, mut delivery: Delivery) -> Delivery {
        replace_responder(&mut delivery, |inner| Arc::new(OnlyLast(inner)));
        delivery
    }
}

struct OnlyLast(Arc<dyn Responder>);

impl Responder for OnlyLast {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        if frame.end { Arc::clone(&self.0).send(frame) } else { SettleFuture::done(Ok(())) }
    }
}
