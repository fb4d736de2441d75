//! One delivery: its handler runs, and it is settled by what comes of that.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Abortable, BoxFuture, FutureExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::Instrument;

use super::method::{Request, Response, to_handler_error};
use super::route::Route;
use super::{Fault, Work, Worker, worker};
use crate::client::too_large;
use crate::context::Context;
use crate::envelope::{Envelope, Outcome, Text};
use crate::error::{BoxError, Error, ErrorKind, HandlerError};
use crate::payload;
use crate::telemetry::Ending;
use crate::transport::{DeadLetter, DeadLetterReason, Delivery, Responder, Settlement};

/// What the layers of an interface will answer.
pub(super) type Answer = BoxFuture<'static, Result<Response, BoxError>>;

/// A delivery and what its handling needs.
pub(super) struct Job {
    pub(super) route: Arc<Route>,
    pub(super) delivery: Delivery,
    pub(super) context: Context,
    pub(super) contract_id: Text,
    pub(super) source: Text,
    pub(super) permit: OwnedSemaphorePermit,
}

impl Job {
    /// Handles the message in a task of its own.
    pub(super) async fn spawn(mut self, work: &Work, answer: Answer) {
        if self.context.attempt() > 1 {
            self.route.metrics.redeliveries.increment(1);
        }
        let span = span(&self.context);
        match self.delivery.responder.take() {
            None => {
                let task = self.handle_message(answer, work.clone());
                work.handlers.spawn(task.instrument(span));
            }
            Some(responder) => {
                let task = self.handle_call(responder, answer, work).await;
                work.handlers.spawn(task.instrument(span));
            }
        }
    }

    /// A call is acknowledged before it is handled, for it is handled at most once.
    async fn handle_call(
        self,
        responder: Box<dyn Responder>,
        answer: Answer,
        work: &Work,
    ) -> impl Future<Output = ()> + use<> {
        let Self { route, delivery, context, contract_id, source, permit } = self;
        let (entry, registration) = work.in_flight.enter(&delivery.envelope.id);
        settle(delivery, Settlement::Acknowledge).await;
        let max_payload = work.max_payload;
        async move {
            let _until_answered = (entry, permit);
            let Ok(result) = Abortable::new(run(&route, &context, answer), registration).await else {
                tracing::debug!("the caller has left");
                return route.metrics.endings.count(Ending::Failed);
            };
            let answer = match result {
                Ok(response) if response.payload.len() > max_payload => {
                    let error = too_large(
                        &format!("the reply of {}", route.kind),
                        response.payload.len(),
                        max_payload,
                    );
                    fault(&Fault::new(error.kind(), error.to_string()))
                }
                Ok(response) => (response.outcome, response.payload),
                Err(error) => {
                    tracing::warn!(error = %error.chain(), "the call failed");
                    fault(&Fault::of(&error, &route.kind, context.caller_contract(), &contract_id))
                }
            };
            send_reply(responder, reply(&context, answer, &contract_id, source)).await;
        }
    }

    async fn handle_message(self, answer: Answer, work: Work) {
        let Self { route, delivery, context, permit, .. } = self;
        let _until_settled = permit;
        let mut context = context;
        let mut answer = answer;
        loop {
            let result = run(&route, &context, answer).await;
            let settlement = settlement(&route, &context, result);
            let Settlement::Retry { after } = settlement else {
                return settle(delivery, settlement).await;
            };
            if !route.interface.settings.ordered {
                return settle(delivery, Settlement::Retry { after }).await;
            }
            // In order means that the later ones wait, so the pause is made here.
            if wait(after, &work).await.is_err() {
                return settle(delivery, Settlement::Release).await;
            }
            context = context.with_attempt(context.attempt() + 1);
            route.metrics.redeliveries.increment(1);
            let request = Request { context: context.clone(), handler: Arc::clone(&route.handler) };
            answer = worker::submit(&route, request).await;
        }
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

/// Runs a handler to its end, its deadline or its panic.
async fn run(route: &Route, context: &Context, answer: Answer) -> Result<Response, HandlerError> {
    let metrics = &route.metrics;
    let started = Instant::now();
    metrics.in_flight.increment(1);
    let handling = AssertUnwindSafe(context.clone().scope(answer)).catch_unwind();
    let ended = match context.deadline() {
        None => Ok(handling.await),
        Some(deadline) => tokio::time::timeout_at(deadline, handling).await,
    };
    metrics.in_flight.decrement(1);
    metrics.duration.record(started.elapsed());
    let result = match ended {
        Ok(Ok(result)) => result.map_err(to_handler_error),
        Ok(Err(panic)) => {
            Err(HandlerError::retryable(format!("the handler panicked: {}", panic_text(&*panic))))
        }
        Err(_) => Err(HandlerError::terminal(crate::client::deadline_exceeded(&route.kind))),
    };
    metrics.endings.count(match &result {
        Ok(response) if response.outcome == Outcome::Ok => Ending::Ok,
        Ok(_) => Ending::Rejected,
        Err(_) => Ending::Failed,
    });
    result
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(without a text)")
}

/// What becomes of a command or an event.
fn settlement(route: &Route, context: &Context, result: Result<Response, HandlerError>) -> Settlement {
    let Err(error) = result else { return Settlement::Acknowledge };
    let detail = error.chain();
    let attempts = context.attempt();
    let pause = if error.is_terminal() { None } else { route.interface.settings.retry.pause_after(attempts) };
    if let Some(after) = pause {
        tracing::warn!(error = %detail, attempts, "the handler failed; trying again in {} ms", after.as_millis());
        return Settlement::Retry { after };
    }
    let reason = match error.downcast_ref::<Error>().map(Error::kind) {
        Some(ErrorKind::Decode) if error.is_terminal() => DeadLetterReason::Undecodable,
        _ if error.is_terminal() => DeadLetterReason::Terminal,
        _ => DeadLetterReason::AttemptsExhausted,
    };
    route.metrics.dead_letters.increment(1);
    tracing::error!(error = %detail, attempts, reason = reason.as_str(), "the message goes to the dead letters");
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
    let Some(responder) = delivery.responder.take() else {
        let attempts = delivery.attempt;
        return settle(delivery, Settlement::DeadLetter(DeadLetter { reason, detail, attempts })).await;
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
    send_reply(responder, reply(&context, answer, &worker.contract_id, worker.service.clone())).await;
}

fn fault(fault: &Fault) -> (Outcome, bytes::Bytes) {
    (Outcome::Fault, payload::encode(fault).unwrap_or_default())
}

/// A reply has the id of its request: with the provider as its source that is unique.
fn reply(context: &Context, answer: (Outcome, bytes::Bytes), contract_id: &Text, source: Text) -> Envelope {
    let mut reply = Envelope::reply(context.envelope(), source, answer.1);
    reply.outcome = Some(answer.0);
    reply.data_schema = Some(contract_id.clone());
    reply
}

async fn send_reply(responder: Box<dyn Responder>, reply: Envelope) {
    if let Err(error) = responder.reply(reply).await {
        tracing::warn!("the reply was not sent: {error:#}");
    }
}

/// Settles; when that fails the broker delivers the message again, so nothing is lost.
pub(super) async fn settle(delivery: Delivery, settlement: Settlement) {
    if let Err(error) = delivery.settle(settlement).await {
        tracing::warn!("the message was not settled and will come again: {error:#}");
    }
}

fn span(context: &Context) -> tracing::Span {
    tracing::info_span!(
        "lessmq.handle",
        "otel.kind" = "consumer",
        "messaging.operation.type" = "process",
        "messaging.message.id" = context.message_id(),
        method = context.method(),
        caller = context.caller(),
        attempt = context.attempt(),
        traceparent = context.trace_parent(),
    )
}
