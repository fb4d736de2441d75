//! The loop that takes deliveries from one consumer and starts their handlers. It never waits for the broker.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::SemaphorePermit;
use tokio::task::coop;
use tokio::time::{Instant, sleep};

use super::admission::{admit, admit_now};
use super::attempt::Attempt;
use super::method::Answer;
use super::outcome::{self, Rejection};
use super::route::{Route, Routes};
use super::shared::WorkerShared;
use crate::context::Context;
use crate::discovery::{DESCRIBE, Provided};
use crate::envelope::{MessageId, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{
    Acknowledger, Consumer, DeadLetterReason, Delivery, Responder, SettleFuture, Settlement, too_large_error,
};

/// How long a message that arrives before the process serves is kept.
const PUT_OFF_FOR: Duration = Duration::from_millis(100);

/// Takes the deliveries of one consumer.
pub(crate) struct Worker {
    pub(crate) routes: Routes,
    /// The method of all deliveries, for external sources, whose messages do not contain it.
    pub(crate) only_method: Option<Text>,
    pub(crate) shared: Arc<WorkerShared>,
}

/// A delivery that has a handler.
struct Job<'a> {
    route: &'a Arc<Route>,
    shared: &'a Arc<WorkerShared>,
    context: Context,
    acknowledger: Box<dyn Acknowledger>,
    responder: Option<Arc<dyn Responder>>,
}

/// The remaining work of a started job.
enum Next {
    Nothing,
    Settle(SettleFuture),
    Reply(SettleFuture),
}

impl Worker {
    /// Runs until the program shuts down or the consumer ends.
    ///
    /// # Errors
    /// If the consumer ended with an error.
    pub(crate) async fn run(self, mut consumer: Consumer) -> Result<()> {
        let shutdown = &self.shared.process.shutdown;
        let mut stopped = shutdown.wake_up();
        while !shutdown.is_triggered() && !stopped.is_terminated() {
            let delivery = tokio::select! {
                biased;
                delivery = consumer.next() => delivery,
                _ = &mut stopped => return Ok(()),
            };
            match delivery {
                Some(delivery) => self.take(delivery?).await,
                None => return Err(Error::new(ErrorKind::Closed, "the bus was closed")),
            }
            // If there is always a next message and no handler waits, other tasks of this thread must still run.
            coop::consume_budget().await;
        }
        Ok(())
    }

    async fn take(&self, mut delivery: Delivery) {
        if delivery.envelope.id.is_empty() {
            Arc::make_mut(&mut delivery.envelope).id = MessageId::new();
        }
        if let Some(provided) = &self.shared.provided
            && *delivery.envelope.kind == *DESCRIBE
        {
            return self.describe(provided, delivery).await;
        }
        if !self.shared.process.is_serving() || self.shared.leaves_calls {
            return self.put_off(delivery);
        }
        let route = match self.route(&delivery) {
            Ok(route) => route,
            Err(rejection) => return self.reject(delivery, rejection).await,
        };
        let deadline = deadline(&delivery);
        let in_time = deadline.is_none_or(|deadline| deadline > delivery.received_at);
        let Delivery { envelope, attempt, responder, acknowledger, .. } = delivery;
        let context = Context::new(envelope, attempt, deadline);
        let job = Job { route, shared: &self.shared, context, acknowledger, responder };
        let next = if !in_time {
            job.expire()
        } else if let Some((slot, answer)) = admit_now(route, &job.context) {
            job.start(slot, answer)
        } else {
            self.wait_for_admission(job);
            Next::Nothing
        };
        self.shared.finish(next).await;
    }

    /// Releases a message after a short delay, for another copy or another program. This process only answers requests
    /// for its contract at the moment: it still checks its requirements, or has no handlers of calls.
    fn put_off(&self, delivery: Delivery) {
        let shared = Arc::clone(&self.shared);
        self.shared.process.tasks.spawn(async move {
            tokio::select! {
                () = sleep(PUT_OFF_FOR) => {}
                () = shared.process.shutdown.token().cancelled() => {}
            }
            shared.process.settlements.settle(delivery.settle(Settlement::Release)).await;
        });
    }

    /// Waits for a message's slot and layers in a task, so that other interfaces are not delayed. The prefetch of the
    /// consumer limits the number of such tasks.
    fn wait_for_admission(&self, job: Job<'_>) {
        let (route, shared) = (Arc::clone(job.route), Arc::clone(job.shared));
        let Job { context, acknowledger, responder, .. } = job;
        let lost = acknowledger.lost().unwrap_or_else(|| Box::pin(pending()));
        self.shared.process.tasks.spawn(async move {
            let job = Job { route: &route, shared: &shared, context, acknowledger, responder };
            let admitted = tokio::select! {
                biased;
                () = lost => {
                    // Another consumer may handle the message now.
                    let id = job.context.message_id();
                    tracing::debug!(%id, "the lease of a message ended before its handler started");
                    return;
                }
                admitted = admit(&route, &job.context) => Some(admitted),
                () = shared.process.shutdown.token().cancelled() => None,
            };
            let next = match admitted {
                Some((slot, answer)) => job.start(slot, answer),
                None => Next::Settle(job.acknowledger.settle(Settlement::Release)),
            };
            shared.finish(next).await;
        });
    }

    fn route(&self, delivery: &Delivery) -> Result<&Arc<Route>, Rejection> {
        let envelope = &delivery.envelope;
        let own = envelope.kind.strip_prefix(&*self.shared.service).and_then(|rest| rest.strip_prefix('.'));
        let method = self.only_method.as_deref().or(own);
        let route = method.and_then(|method| self.routes.get(method)).ok_or_else(|| {
            let (kind, contract) = (envelope.kind.escape_debug(), &self.shared.contract_id);
            Rejection {
                reason: DeadLetterReason::UnknownMethod,
                detail: format!("`{kind}` has no handler in `{contract}`"),
            }
        })?;
        if !envelope.is_json() {
            let content_type = envelope.content_type.as_deref().unwrap_or_default().escape_debug();
            let kind = &route.kind;
            let detail =
                format!("the content type of the payload of `{kind}` is `{content_type}`, expected JSON");
            return Err(Rejection { reason: DeadLetterReason::ContentType, detail });
        }
        let (size, limit) = (envelope.data.len(), self.shared.process.capabilities.max_message);
        if size > limit {
            let detail =
                too_large_error(&format!("the payload of `{}`", route.kind), size, limit).to_string();
            return Err(Rejection { reason: DeadLetterReason::TooLarge, detail });
        }
        Ok(route)
    }

    /// Rejects a message that has no handler: a caller gets an error, anything else goes to the dead letters.
    async fn reject(&self, mut delivery: Delivery, rejection: Rejection) {
        let Rejection { reason, detail } = &rejection;
        tracing::warn!(id = %delivery.envelope.id, reason = reason.as_str(), "rejected: {detail}");
        crate::telemetry::count_rejected(&self.shared.service);
        match delivery.responder.take() {
            None => {
                let settlement = rejection.settlement(delivery.attempt);
                self.shared.process.settlements.settle(delivery.settle(settlement)).await;
            }
            Some(responder) => {
                self.acknowledge_and_reply(
                    delivery,
                    &responder,
                    rejection.reply(self.shared.contract_id.clone()),
                )
                .await;
            }
        }
    }

    /// Answers a request for the contract of the service.
    async fn describe(&self, provided: &Provided, mut delivery: Delivery) {
        let Some(responder) = delivery.responder.take() else {
            return self.shared.process.settlements.settle(delivery.settle(Settlement::Acknowledge)).await;
        };
        let reply = outcome::description(provided.reply(&delivery.envelope.data));
        self.acknowledge_and_reply(delivery, &responder, reply).await;
    }

    async fn acknowledge_and_reply(
        &self,
        delivery: Delivery,
        responder: &Arc<dyn Responder>,
        reply: crate::envelope::Frame,
    ) {
        let settlements = &self.shared.process.settlements;
        settlements.settle(delivery.settle(Settlement::Acknowledge)).await;
        settlements.reply(Arc::clone(responder).send(reply)).await;
    }
}

impl Job<'_> {
    /// Starts the handler, unless its caller no longer waits.
    fn start(self, slot: SemaphorePermit<'_>, answer: Answer) -> Next {
        let Self { route, shared, context, acknowledger, responder } = self;
        // The deadline is checked again, because the message may have waited for a long time.
        let started = Instant::now();
        let is_late = context.deadline().is_some_and(|deadline| deadline <= started);
        if is_late || responder.is_some() && shared.process.in_flight.is_cancelled(context.message_id()) {
            return Job { route, shared, context, acknowledger, responder }.expire();
        }
        let attempt = Attempt { route, shared, slot, started };
        let started = match responder {
            Some(responder) => attempt.start_call(context, answer, acknowledger, responder).map(Next::Reply),
            None => attempt.start(context, answer, acknowledger).map(Next::Settle),
        };
        started.unwrap_or(Next::Nothing)
    }

    fn expire(self) -> Next {
        let (id, method) = (self.context.message_id(), self.context.method());
        tracing::debug!(%id, method, "a call expired before it was handled");
        Next::Settle(self.acknowledger.settle(Settlement::Acknowledge))
    }
}

impl WorkerShared {
    async fn finish(&self, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Settle(settlement) => self.process.settlements.settle(settlement).await,
            Next::Reply(reply) => self.process.settlements.reply(reply).await,
        }
    }
}

/// When the caller stops waiting: the time left when the call was sent, counted from when the broker stored it. If the
/// broker does not report that, from when it was received. Commands and events have no deadline, because no caller
/// waits for them, and they must not be lost.
fn deadline(delivery: &Delivery) -> Option<Instant> {
    let left = delivery.envelope.expires_in.filter(|_| delivery.responder.is_some())?;
    let on_the_way =
        delivery.published_at.and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or_default();
    delivery.received_at.checked_add(left.saturating_sub(on_the_way))
}
