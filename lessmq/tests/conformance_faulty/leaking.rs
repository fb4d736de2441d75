//! Defects of operations that fail: they leak their resources.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use lessmq::envelope::Frame;
use lessmq::transport::memory::Memory;
use lessmq::transport::{
    ConsumeOptions, Consumer, Delivery, Destination, Outgoing, Queue, Replies, Responder, SettleFuture,
    Settlement, Source, Transport,
};
use lessmq::{Error, ErrorKind, Result};

use crate::driver::{Fault, OutgoingCall, Unsettled};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let kinds = [
        ("leaks a channel that the harness counts, after an operation that failed", Kind::Counted),
        ("leaks a channel, of which there are few, after an operation that failed", Kind::Scarce),
        ("leaks a task after an operation that failed", Kind::Task),
    ];
    kinds.into_iter().flat_map(|(defect, kind)| leaks(defect, kind)).collect()
}

fn leaks(defect: &'static str, kind: Kind) -> Vec<Row> {
    let leak = |operation, caught_by| row(defect, Leaks { operation, leaked: Leaked::new(kind) }, caught_by);
    vec![
        leak(Operation::CallToMissing, &["calls_to_a_missing_service_leave_nothing_behind"]),
        leak(Operation::CallThatTimesOut, &["calls_that_time_out_leave_nothing_behind"]),
        leak(Operation::CancelledCall, &["cancelled_calls_leave_nothing_behind"]),
        leak(Operation::PublishToExternal, &["failed_publishes_leave_nothing_behind"]),
        leak(Operation::ConsumeFromExternal, &["failed_consumers_leave_nothing_behind"]),
        leak(Operation::ConsumeBroadcast, &["dropped_consumers_leave_nothing_behind"]),
        leak(Operation::LargeMessage, &["messages_over_the_limit_leave_nothing_behind"]),
        leak(Operation::LargeReply, &["replies_over_the_limit_leave_nothing_behind"]),
        leak(Operation::SettleAfterClose, &["settlements_after_close_leave_nothing_behind"]),
    ]
}

/// The operation that leaks a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    CallToMissing,
    CallThatTimesOut,
    CancelledCall,
    PublishToExternal,
    ConsumeFromExternal,
    ConsumeBroadcast,
    LargeMessage,
    LargeReply,
    SettleAfterClose,
}

/// The resource that is leaked, and how the suite can notice that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The harness counts it.
    Counted,
    /// Without it, nothing works.
    Scarce,
    Task,
}

/// The resources that were leaked so far.
struct Leaked {
    kind: Kind,
    count: AtomicUsize,
}

impl Leaked {
    /// How many scarce channels there are.
    const CHANNELS: usize = 20;

    fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self { kind, count: AtomicUsize::new(0) })
    }

    fn leak_one(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        if self.kind == Kind::Task {
            tokio::spawn(pending::<()>());
        }
    }

    fn check(&self) -> Result<()> {
        if self.kind == Kind::Scarce && self.count.load(Ordering::SeqCst) >= Self::CHANNELS {
            return Err(Error::new(ErrorKind::Connection, "no channel is left"));
        }
        Ok(())
    }
}

/// Leaks a resource in each operation of one kind.
struct Leaks {
    operation: Operation,
    leaked: Arc<Leaked>,
}

impl Leaks {
    fn leak_if(&self, operation: Operation, happened: bool) {
        if happened && self.operation == operation {
            self.leaked.leak_one();
        }
    }
}

#[async_trait]
impl Fault for Leaks {
    async fn publish(&self, bus: &Memory, message: Outgoing) -> Result<()> {
        self.leaked.check()?;
        let external = matches!(message.destination, Destination::Queue(Queue::External { .. }));
        let published = bus.publish_one(message).await;
        self.leak_if(Operation::PublishToExternal, external);
        self.leak_if(Operation::LargeMessage, published.is_err());
        published
    }

    fn call<'a>(&'a self, bus: &'a Memory, call: OutgoingCall<'a>) -> Replies<'a> {
        Replies::once(async move {
            self.leaked.check()?;
            let mut unfinished = Unfinished { leaks: self, finished: false };
            let reply = call.send(bus).only().await;
            unfinished.finished = true;
            let failed = reply.as_ref().err().map(Error::kind);
            self.leak_if(Operation::CallToMissing, failed == Some(ErrorKind::Unavailable));
            self.leak_if(Operation::CallThatTimesOut, failed == Some(ErrorKind::DeadlineExceeded));
            reply
        })
    }

    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        self.leaked.check()?;
        let external = matches!(source, Source::Queue(Queue::External { .. }));
        self.leak_if(Operation::ConsumeFromExternal, external);
        self.leak_if(Operation::ConsumeBroadcast, matches!(source, Source::Subscription(_)));
        bus.consume(source, options).await
    }

    fn alter_delivery(&self, mut delivery: Delivery) -> Delivery {
        if self.operation == Operation::LargeReply {
            let leaked = self.leaked.clone();
            let responder = delivery.responder.take();
            delivery.responder = responder.map(|inner| Arc::new(LeakyResponder { leaked, inner }) as _);
        }
        delivery
    }

    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        let settled = unsettled.acknowledger.settle(settlement).await;
        self.leak_if(Operation::SettleAfterClose, settled.is_err());
        settled
    }

    fn channels(&self) -> usize {
        if self.leaked.kind == Kind::Counted { self.leaked.count.load(Ordering::SeqCst) } else { 0 }
    }
}

/// A call that may be cancelled.
struct Unfinished<'a> {
    leaks: &'a Leaks,
    finished: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.leaks.leak_if(Operation::CancelledCall, !self.finished);
    }
}

struct LeakyResponder {
    leaked: Arc<Leaked>,
    inner: Arc<dyn Responder>,
}

impl Responder for LeakyResponder {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        SettleFuture::until(async move {
            let sent = Arc::clone(&self.inner).send(frame).await;
            if sent.is_err() {
                self.leaked.leak_one();
            }
            sent
        })
    }
}
