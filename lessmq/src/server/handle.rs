//! One delivery: its handler runs, and it is settled by what comes of that.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Duration;

use futures_util::future::{Abortable, FutureExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::Fault;
use super::method::{Handled, Response};
use super::route::Route;
use super::worker::{self, Desk, Work, Worker};
use crate::client::too_large;
use crate::context::Context;
use crate::envelope::{Envelope, Outcome, Text};
use crate::error::{Error, ErrorKind, HandlerError};
use crate::payload;
use crate::telemetry::Ending;
use crate::transport::{DeadLetter, DeadLetterReason, Delivery, Responder, Settlement};

/// What a handler will answer, through the layers of its interface.
pub(super) type Answer = Handled;

/// What a handler came to.
type Ended = Result<Response, HandlerError>;

/// A delivery and what its handling needs.
pub(super) struct Job {
    pub(super) route: Arc<Route>,
    pub(super) context: Context,
    pub(super) desk: Arc<Desk>,
    /// When this attempt began.
    pub(super) started: Instant,
    /// The slot that the handler takes; free again when the job is dropped.
    pub(super) _permit: OwnedSemaphorePermit,
}

impl Job {
    /// Starts the handler. One that comes to its end without waiting, as most do, needs no task of its own.
    pub(super) async fn start(self, mut delivery: Delivery, mut answer: Answer) {
        if self.context.attempt() > 1 {
            self.route.metrics.redeliveries.increment(1);
        }
        let span = span(&self.context);
        if let Some(responder) = delivery.responder.take() {
            // A call is acknowledged before it is handled, and not handled without, for it is handled at most once.
            if !settle(delivery, Settlement::Acknowledge).await {
                return;
            }
            self.route.metrics.in_flight.increment(1);
            match self.first_poll(&mut answer, &span) {
                Some((result, ran)) => self.answer(result, ran, responder).await,
                None => self.spawn_call(answer, span, responder),
            }
        } else {
            self.route.metrics.in_flight.increment(1);
            match self.first_poll(&mut answer, &span) {
                Some((Ok(_), ran)) => {
                    self.count(Ending::Ok, ran);
                    settle(delivery, Settlement::Acknowledge).await;
                }
                Some((failed, _)) => self.spawn_message(Box::pin(std::future::ready(failed)), span, delivery),
                None => self.spawn_message(answer, span, delivery),
            }
        }
    }

    /// Polls a handler once here, unless its kind was seen to keep the thread for long: what it came to, and how long
    /// it ran, if it did not have to wait.
    fn first_poll(&self, answer: &mut Answer, span: &Span) -> Option<(Ended, Duration)> {
        if self.route.pace.is_slow() {
            return None;
        }
        // A handler that has to wait is polled again by its own task, so nobody is to be woken from here.
        let mut nobody = task::Context::from_waker(Waker::noop());
        let poll = AssertUnwindSafe(|| span.in_scope(|| answer.as_mut().poll(&mut nobody)));
        let polled = self.context.clone().enter(|| catch_unwind(poll));
        let ran = self.started.elapsed();
        self.route.pace.observe(ran);
        match polled {
            Ok(Poll::Ready(result)) => Some((result, ran)),
            Ok(Poll::Pending) => None,
            Err(panic) => Some((Err(panicked(&*panic)), ran)),
        }
    }

    fn spawn_call(self, answer: Answer, span: Span, responder: Box<dyn Responder>) {
        let (entry, registration) = self.desk.work.in_flight.enter(&self.context.envelope().id);
        let tasks = self.desk.work.handlers.clone();
        tasks.spawn(async move {
            let _until_answered = entry;
            let handling = Abortable::new(self.run(answer, span), registration).await;
            let ran = self.started.elapsed();
            match handling {
                Ok(result) => self.answer(result, ran, responder).await,
                Err(_) => {
                    tracing::debug!(id = self.context.message_id(), "the caller has left");
                    self.count(Ending::Failed, ran);
                }
            }
        });
    }

    /// Replies with what a handler came to.
    async fn answer(self, result: Ended, ran: Duration, responder: Box<dyn Responder>) {
        self.count(ending(&result), ran);
        let (kind, max_payload) = (&self.route.kind, self.desk.work.max_payload);
        let answer = match result {
            Ok(response) if response.payload.len() > max_payload => {
                let error = too_large(&format!("the reply of {kind}"), response.payload.len(), max_payload);
                fault(&Fault::new(error.kind(), error.to_string()))
            }
            Ok(response) => (response.outcome, response.payload),
            Err(error) => {
                tracing::warn!(id = self.context.message_id(), error = %error.chain(), "`{kind}` failed");
                fault(&Fault::of(&error, kind, self.context.caller_contract(), &self.route.contract_id))
            }
        };
        send_reply(responder, reply(&self.context, answer, &self.desk, &self.route.contract_id)).await;
    }

    fn spawn_message(self, answer: Answer, span: Span, delivery: Delivery) {
        let tasks = self.desk.work.handlers.clone();
        tasks.spawn(self.handle_message(answer, span, delivery));
    }

    async fn handle_message(mut self, mut answer: Answer, mut span: Span, delivery: Delivery) {
        loop {
            let result = self.run(answer, span).await;
            self.count(ending(&result), self.started.elapsed());
            let settlement = settlement(&self.route, &self.context, result);
            let Settlement::Retry { after } = settlement else {
                settle(delivery, settlement).await;
                return;
            };
            if !self.route.interface.settings.ordered {
                settle(delivery, Settlement::Retry { after }).await;
                return;
            }
            // In order means that the later ones wait, so the pause is made here.
            if wait(after, &self.desk.work).await.is_err() {
                settle(delivery, Settlement::Release).await;
                return;
            }
            self.context = self.context.with_attempt(self.context.attempt() + 1);
            self.route.metrics.redeliveries.increment(1);
            self.route.metrics.in_flight.increment(1);
            self.started = Instant::now();
            answer = worker::submit(&self.route, self.context.clone()).await;
            span = self::span(&self.context);
        }
    }

    /// Runs a handler to its end, its panic or its caller's deadline.
    async fn run(&self, answer: Answer, span: Span) -> Ended {
        let handling = AssertUnwindSafe(self.context.clone().scope(answer)).catch_unwind().instrument(span);
        let handling = handling.map(|ended| ended.unwrap_or_else(|panic| Err(panicked(&*panic))));
        let Some(deadline) = self.context.deadline() else { return handling.await };
        let late = |_| Err(HandlerError::terminal(crate::client::deadline_exceeded(self.context.method())));
        tokio::time::timeout_at(deadline, handling).await.unwrap_or_else(late)
    }

    fn count(&self, ending: Ending, ran: Duration) {
        self.route.metrics.in_flight.decrement(1);
        self.route.metrics.duration.record(ran);
        self.route.metrics.endings.count(ending);
    }
}

/// Waits, unless the program stops first.
async fn wait(pause: Duration, work: &Work) -> Result<(), ()> {
    tokio::select! {
        biased;
        () = work.stop.cancelled() => Err(()),
        () = tokio::time::sleep(pause) => Ok(()),
    }
}

fn ending(result: &Ended) -> Ending {
    match result {
        Ok(response) if response.outcome == Outcome::Ok => Ending::Ok,
        Ok(_) => Ending::Rejected,
        Err(_) => Ending::Failed,
    }
}

pub(super) fn panicked(panic: &(dyn Any + Send)) -> HandlerError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    HandlerError::retryable(format!("the handler panicked: {}", text.unwrap_or("(without a text)")))
}

/// What becomes of a command or an event.
fn settlement(route: &Route, context: &Context, result: Ended) -> Settlement {
    let Err(error) = result else { return Settlement::Acknowledge };
    let detail = error.chain();
    let attempts = context.attempt();
    let pause = if error.is_terminal() { None } else { route.interface.settings.retry.pause_after(attempts) };
    if let Some(after) = pause {
        let (id, method, pause) = (context.message_id(), context.method(), after.as_millis());
        tracing::warn!(id, attempts, error = %detail, "`{method}` failed; trying again in {pause} ms at least");
        return Settlement::Retry { after };
    }
    let reason = match error.downcast_ref::<Error>().map(Error::kind) {
        Some(ErrorKind::Decode) if error.is_terminal() => DeadLetterReason::Undecodable,
        _ if error.is_terminal() => DeadLetterReason::Terminal,
        _ => DeadLetterReason::AttemptsExhausted,
    };
    route.metrics.dead_letters.increment(1);
    let (id, method) = (context.message_id(), context.method());
    tracing::error!(id, attempts, reason = reason.as_str(), error = %detail, "`{method}` goes to the dead letters");
    Settlement::DeadLetter(DeadLetter { reason, detail, attempts })
}

/// Turns down a message that has no handler: a caller is told, anything else goes to the dead letters.
pub(super) async fn refuse(
    worker: &Worker,
    mut delivery: Delivery,
    reason: DeadLetterReason,
    detail: String,
) {
    tracing::warn!(id = %delivery.envelope.id, reason = reason.as_str(), "refused: {detail}");
    crate::telemetry::count_refused(&worker.desk.service);
    let Some(responder) = delivery.responder.take() else {
        let attempts = delivery.attempt;
        settle(delivery, Settlement::DeadLetter(DeadLetter { reason, detail, attempts })).await;
        return;
    };
    let kind = match reason {
        DeadLetterReason::UnknownMethod => ErrorKind::UnknownMethod,
        DeadLetterReason::ContentType => ErrorKind::ContentType,
        DeadLetterReason::TooLarge => ErrorKind::TooLarge,
        _ => ErrorKind::Handler,
    };
    let context = Context::new(Arc::clone(&delivery.envelope), delivery.attempt, None);
    settle(delivery, Settlement::Acknowledge).await;
    let answer = fault(&Fault::new(kind, detail));
    send_reply(responder, reply(&context, answer, &worker.desk, &worker.desk.contract_id)).await;
}

fn fault(fault: &Fault) -> (Outcome, bytes::Bytes) {
    (Outcome::Fault, payload::encode(fault).unwrap_or_default())
}

fn reply(context: &Context, answer: (Outcome, bytes::Bytes), desk: &Desk, contract_id: &Text) -> Envelope {
    let mut reply = Envelope::reply(context.envelope(), desk.service.clone(), answer.1);
    reply.outcome = Some(answer.0).filter(|outcome| *outcome != Outcome::Ok);
    reply.data_schema = Some(contract_id.clone());
    reply
}

async fn send_reply(responder: Box<dyn Responder>, reply: Envelope) {
    if let Err(error) = responder.reply(reply).await {
        tracing::warn!("the reply was not sent: {error:#}");
    }
}

/// Settles, and tells whether the broker knows; if not it delivers the message again, so nothing is lost.
pub(super) async fn settle(delivery: Delivery, settlement: Settlement) -> bool {
    let settled = delivery.settle(settlement).await;
    if let Err(error) = &settled {
        tracing::warn!("the message was not settled and will come again: {error:#}");
    }
    settled.is_ok()
}

fn span(context: &Context) -> Span {
    tracing::info_span!(
        "lessmq.handle",
        "otel.kind" = "consumer",
        "messaging.operation.type" = "process",
        "messaging.message.id" = context.message_id(),
        method = context.method(),
        caller = context.caller(),
        attempt = context.attempt(),
        traceparent = context.trace_parent().map(tracing::field::display),
    )
}
