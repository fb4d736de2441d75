//! One delivery: its handler runs, and it is settled by what comes of that.

use std::any::Any;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Duration;

use futures_util::future::{Abortable, FutureExt};
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::Fault;
use super::method::{Handled, Response};
use super::route::Route;
use super::worker::{self, Desk, Work, Worker};
use crate::client::too_large;
use crate::context::Context;
use crate::envelope::{Outcome, Reply};
use crate::error::{Error, ErrorKind, HandlerError};
use crate::payload;
use crate::telemetry::{Ending, info_span};
use crate::transport::{
    Acknowledger, DeadLetter, DeadLetterReason, Delivery, Responder, Settlement, Settling,
};

/// What a handler will answer, through the layers of its interface.
pub(super) type Answer = Handled;

/// What a handler came to.
type Ended = Result<Response, HandlerError>;

/// A message that was let in, on its way to its handler.
pub(super) struct Attempt<'a> {
    pub(super) route: &'a Arc<Route>,
    pub(super) desk: &'a Arc<Desk>,
    /// The slot that the handler takes.
    pub(super) slot: SemaphorePermit<'a>,
    pub(super) started: Instant,
}

impl Attempt<'_> {
    /// Starts the handler of a command or an event; the settlement to wait for, if there is one already. A handler that
    /// comes to its end without waiting, as most do, needs no task of its own.
    pub(super) fn start(
        self,
        context: Context,
        mut answer: Answer,
        acknowledger: Box<dyn Acknowledger>,
    ) -> Option<Settling> {
        let span = self.begin(&context);
        let (context, ended) = self.first_poll(context, &mut answer, &span);
        match ended {
            Some((Ok(_), ran)) => {
                self.route.count(Ending::Ok, ran);
                return Some(acknowledger.settle(Settlement::Acknowledge));
            }
            Some((failed, _)) => {
                self.job(context).spawn_message(Box::pin(ready(failed)), span, acknowledger);
            }
            None => self.job(context).spawn_message(answer, span, acknowledger),
        }
        None
    }

    /// Starts the handler of a call that was acknowledged; the sending of the reply to wait for, as with
    /// [`Attempt::start`].
    pub(super) fn start_call(
        self,
        context: Context,
        mut answer: Answer,
        responder: Arc<dyn Responder>,
    ) -> Option<Settling> {
        let span = self.begin(&context);
        let (context, ended) = self.first_poll(context, &mut answer, &span);
        let Some((result, ran)) = ended else {
            self.job(context).spawn_call(answer, span, responder);
            return None;
        };
        let reply = self.route.reply(&context, self.desk.work.max_payload, result, ran);
        Some(responder.reply(reply))
    }

    fn begin(&self, context: &Context) -> Span {
        if context.attempt() > 1 {
            self.route.metrics.redeliveries.increment(1);
        }
        self.route.metrics.in_flight.increment(1);
        span(context)
    }

    /// Polls a handler once here, unless its kind was seen to keep the thread for long: what it came to, and how long
    /// it ran, if it did not have to wait.
    fn first_poll(
        &self,
        context: Context,
        answer: &mut Answer,
        span: &Span,
    ) -> (Context, Option<(Ended, Duration)>) {
        if self.route.pace.is_slow() {
            return (context, None);
        }
        // A handler that has to wait is polled again by its own task, so nobody is to be woken from here.
        let mut nobody = task::Context::from_waker(Waker::noop());
        let mut polled = Ok(Poll::Pending);
        let context = span.in_scope(|| {
            let poll = || polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(&mut nobody)));
            context.enter(poll)
        });
        let ran = self.started.elapsed();
        self.route.pace.observe(ran);
        let ended = match polled {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(result)) => Some((result, ran)),
            Err(panic) => Some((Err(panicked(&*panic)), ran)),
        };
        (context, ended)
    }

    /// What goes on in a task of its own.
    fn job(self, context: Context) -> Job {
        self.slot.forget();
        let slot = Slot(Arc::clone(self.route));
        Job { slot, context, desk: Arc::clone(self.desk), started: self.started }
    }
}

/// A slot for a handler; free again when this is dropped.
struct Slot(Arc<Route>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.slots.add_permits(1);
    }
}

/// A handler that runs in a task of its own.
struct Job {
    slot: Slot,
    context: Context,
    desk: Arc<Desk>,
    /// When this attempt began.
    started: Instant,
}

impl Job {
    fn route(&self) -> &Route {
        &self.slot.0
    }

    fn spawn_call(self, answer: Answer, span: Span, responder: Arc<dyn Responder>) {
        let (entry, registration) = self.desk.work.in_flight.enter(self.context.message_id());
        let tasks = self.desk.work.handlers.clone();
        tasks.spawn(async move {
            let _until_answered = entry;
            let handling = Abortable::new(self.run(answer, span), registration).await;
            let ran = self.started.elapsed();
            match handling {
                Ok(result) => {
                    let reply = self.route().reply(&self.context, self.desk.work.max_payload, result, ran);
                    sent(responder.reply(reply).await);
                }
                Err(_) => {
                    tracing::debug!(id = %self.context.message_id(), "the caller has left");
                    self.route().count(Ending::Failed, ran);
                }
            }
        });
    }

    fn spawn_message(self, answer: Answer, span: Span, acknowledger: Box<dyn Acknowledger>) {
        let tasks = self.desk.work.handlers.clone();
        tasks.spawn(self.handle_message(answer, span, acknowledger));
    }

    async fn handle_message(
        mut self,
        mut answer: Answer,
        mut span: Span,
        acknowledger: Box<dyn Acknowledger>,
    ) {
        loop {
            let result = self.run(answer, span).await;
            self.route().count(ending(&result), self.started.elapsed());
            let settlement = settlement(self.route(), &self.context, result);
            let Settlement::Retry { after } = settlement else {
                settled(acknowledger.settle(settlement).await);
                return;
            };
            if !self.route().interface.settings.ordered {
                settled(acknowledger.settle(Settlement::Retry { after }).await);
                return;
            }
            // In order means that the later ones wait, so the pause is made here.
            if wait(after, &self.desk.work).await.is_err() {
                settled(acknowledger.settle(Settlement::Release).await);
                return;
            }
            self.context = self.context.with_attempt(self.context.attempt() + 1);
            self.route().metrics.redeliveries.increment(1);
            self.route().metrics.in_flight.increment(1);
            self.started = Instant::now();
            answer = worker::submit(self.route(), self.context.clone()).await;
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
}

impl Route {
    fn count(&self, ending: Ending, ran: Duration) {
        self.metrics.in_flight.decrement(1);
        self.metrics.duration.record(ran);
        self.metrics.endings.count(ending);
    }

    /// What a caller is told of what its call came to.
    fn reply(&self, context: &Context, max_payload: usize, result: Ended, ran: Duration) -> Reply {
        self.count(ending(&result), ran);
        let kind = &self.kind;
        let (outcome, data) = match result {
            Ok(response) if response.payload.len() > max_payload => {
                let error = too_large(&format!("the reply of {kind}"), response.payload.len(), max_payload);
                fault(&Fault::new(error.kind(), error.to_string()))
            }
            Ok(response) => (response.outcome, response.payload),
            Err(error) => {
                tracing::warn!(id = %context.message_id(), error = %error.chain(), "`{kind}` failed");
                fault(&Fault::of(&error, kind, context.caller_contract(), &self.contract_id))
            }
        };
        Reply { outcome, data_schema: Some(self.contract_id.clone()), data }
    }
}

/// Waits, unless the program stops first.
async fn wait(pause: Duration, work: &Work) -> Result<(), ()> {
    tokio::select! {
        biased;
        () = work.stop.token().cancelled() => Err(()),
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
        tracing::warn!(%id, attempts, error = %detail, "`{method}` failed; trying again in {pause} ms at least");
        return Settlement::Retry { after };
    }
    let reason = match error.downcast_ref::<Error>().map(Error::kind) {
        Some(ErrorKind::Decode) if error.is_terminal() => DeadLetterReason::Undecodable,
        _ if error.is_terminal() => DeadLetterReason::Terminal,
        _ => DeadLetterReason::AttemptsExhausted,
    };
    route.metrics.dead_letters.increment(1);
    let (id, method) = (context.message_id(), context.method());
    tracing::error!(%id, attempts, reason = reason.as_str(), error = %detail, "`{method}` goes to the dead letters");
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
        let dead_letter = DeadLetter { reason, detail, attempts };
        settled(delivery.acknowledger.settle(Settlement::DeadLetter(dead_letter)).await);
        return;
    };
    let kind = match reason {
        DeadLetterReason::UnknownMethod => ErrorKind::UnknownMethod,
        DeadLetterReason::ContentType => ErrorKind::ContentType,
        DeadLetterReason::TooLarge => ErrorKind::TooLarge,
        _ => ErrorKind::Handler,
    };
    settled(delivery.acknowledger.settle(Settlement::Acknowledge).await);
    let (outcome, data) = fault(&Fault::new(kind, detail));
    let data_schema = Some(worker.desk.contract_id.clone());
    sent(responder.reply(Reply { outcome, data_schema, data }).await);
}

fn fault(fault: &Fault) -> (Outcome, bytes::Bytes) {
    (Outcome::Fault, payload::encode(fault).unwrap_or_default())
}

/// Notes what became of a reply.
pub(super) fn sent(result: Result<(), Error>) {
    if let Err(error) = result {
        tracing::warn!("the reply was not sent: {error:#}");
    }
}

/// Notes what became of a settlement, and tells whether the broker knows; if not it delivers the message again, so
/// nothing is lost.
pub(super) fn settled(result: Result<(), Error>) -> bool {
    if let Err(error) = &result {
        tracing::warn!("the message was not settled and will come again: {error:#}");
    }
    result.is_ok()
}

fn span(context: &Context) -> Span {
    info_span(|| {
        tracing::info_span!(
            "lessmq.handle",
            "otel.kind" = "consumer",
            "messaging.operation.type" = "process",
            "messaging.message.id" = %context.message_id(),
            method = context.method(),
            caller = context.caller(),
            attempt = context.attempt(),
            traceparent = context.trace_parent().map(tracing::field::display),
        )
    })
}
