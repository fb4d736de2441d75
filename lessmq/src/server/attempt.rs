//! One attempt to handle a message: runs the handler, and settles the message or sends the reply.

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Duration;

use futures_util::future::{Abortable, FutureExt};
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::admission::submit;
use super::method::Answer;
use super::outcome::{self, Handled, ending, panicked};
use super::route::Route;
use super::settlements::{log_replied, log_settled};
use super::shared::WorkerShared;
use super::shutdown::Shutdown;
use crate::context::Context;
use crate::envelope::Frame;
use crate::error::{HandlerError, Result, deadline_exceeded_error};
use crate::telemetry::spans::{self, Handling};
use crate::telemetry::{Ending, Since};
use crate::transport::{Acknowledger, Responder, SettleFuture, Settlement};

/// An admitted message whose handler was not polled yet.
pub(super) struct Attempt<'a> {
    pub(super) route: &'a Arc<Route>,
    pub(super) shared: &'a Arc<WorkerShared>,
    /// The slot that the handler occupies.
    pub(super) slot: SemaphorePermit<'a>,
    pub(super) started: Instant,
}

impl Attempt<'_> {
    /// Starts the handler of a command or an event. Returns the settlement of one that finished without waiting, as
    /// most do; the others continue in a task.
    pub(super) fn start(
        self,
        context: Context,
        mut answer: Answer,
        acknowledger: Box<dyn Acknowledger>,
    ) -> Option<SettleFuture> {
        let span = begin(self.route, self.shared, &context);
        let (context, finished) = self.first_poll(context, &mut answer, &span);
        match finished {
            Some(Ok(_)) => {
                self.route.count(Ending::Ok, self.started);
                let settling = acknowledger.settle(Settlement::Acknowledge);
                if !self.route.ordered {
                    return Some(settling);
                }
                self.into_job(context).spawn_settled(settling);
            }
            Some(failed) => {
                self.into_job(context).spawn_message(Box::pin(ready(failed)), span, acknowledger);
            }
            None => self.into_job(context).spawn_message(answer, span, acknowledger),
        }
        None
    }

    /// Starts the handler of a call. Returns the reply of one that finished without waiting.
    ///
    /// A call is handled at most once: it is acknowledged first, and not handled if that fails. An idempotent call is
    /// acknowledged after its reply, so that the broker delivers it again if this process dies.
    pub(super) fn start_call(
        self,
        context: Context,
        mut answer: Answer,
        acknowledger: Box<dyn Acknowledger>,
        responder: Arc<dyn Responder>,
    ) -> Option<SettleFuture> {
        if self.route.idempotent && context.envelope().idempotent {
            let job = self.into_job(context);
            job.spawn_call(Acknowledgement::AfterReply(acknowledger), answer, None, responder);
            return None;
        }
        match acknowledger.settle(Settlement::Acknowledge).try_finish() {
            Ok(acknowledged) => {
                if !log_settled(acknowledged) {
                    return None;
                }
            }
            Err(acknowledging) => {
                let acknowledgement = Acknowledgement::Started(acknowledging);
                self.into_job(context).spawn_call(acknowledgement, answer, None, responder);
                return None;
            }
        }
        let span = begin(self.route, self.shared, &context);
        let (context, finished) = self.first_poll(context, &mut answer, &span);
        let Some(result) = finished else {
            self.into_job(context).spawn_call(Acknowledgement::Finished, answer, Some(span), responder);
            return None;
        };
        self.route.count(ending(&result), self.started);
        Some(responder.send(reply(self.route, self.shared, &context, result, span)))
    }

    /// Polls a handler once here, unless handlers of its method were slow. Returns its result, if it did not have to
    /// wait.
    fn first_poll(&self, context: Context, answer: &mut Answer, span: &Span) -> (Context, Option<Handled>) {
        if self.route.inline_budget.consume_skip() {
            return (context, None);
        }
        // A handler that has to wait is polled again in a task, so nothing has to be woken.
        let mut no_waker = task::Context::from_waker(Waker::noop());
        let mut polled = Ok(Poll::Pending);
        let context = span.in_scope(|| {
            let poll = || polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(&mut no_waker)));
            context.enter(poll)
        });
        self.route.inline_budget.observe(self.started.elapsed());
        let finished = match polled {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(result)) => Some(result),
            Err(panic) => Some(Err(panicked(&*panic))),
        };
        (context, finished)
    }

    fn into_job(self, context: Context) -> Job {
        self.slot.forget();
        let slot = Slot(Arc::clone(self.route));
        Job { slot, context, shared: Arc::clone(self.shared), started: self.started, is_running: true }
    }
}

/// When a call is acknowledged.
enum Acknowledgement {
    /// The call was acknowledged.
    Finished,
    /// The call is being acknowledged, before it is handled.
    Started(SettleFuture),
    /// The call is acknowledged after its reply was sent.
    AfterReply(Box<dyn Acknowledger>),
}

/// The slot of a handler, until this is dropped.
struct Slot(Arc<Route>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.slots.add_permits(1);
    }
}

/// A handler that runs in a task.
struct Job {
    slot: Slot,
    context: Context,
    shared: Arc<WorkerShared>,
    /// When this attempt began.
    started: Instant,
    /// Whether its handler is running.
    is_running: bool,
}

impl Job {
    fn route(&self) -> &Route {
        &self.slot.0
    }

    /// Continues a call. `span` is the span of a handler that was polled once before.
    fn spawn_call(
        self,
        acknowledgement: Acknowledgement,
        answer: Answer,
        span: Option<Span>,
        responder: Arc<dyn Responder>,
    ) {
        let (entry, registration) = self.shared.process.in_flight.enter(self.context.message_id());
        let tasks = self.shared.process.tasks.clone();
        tasks.spawn(async move {
            let acknowledger = match acknowledgement {
                Acknowledgement::Finished => None,
                Acknowledgement::Started(acknowledging) => {
                    if !log_settled(acknowledging.await) {
                        return;
                    }
                    None
                }
                Acknowledgement::AfterReply(acknowledger) => Some(acknowledger),
            };
            let lost = acknowledger.as_ref().and_then(|call| call.lost());
            let span = span.unwrap_or_else(|| begin(self.route(), &self.shared, &self.context));
            let handling = Abortable::new(self.run(answer, &span), registration);
            let (handled, acknowledger) = tokio::select! {
                biased;
                handled = handling => (handled.map_err(|_| "cancelled"), acknowledger),
                // Another consumer may handle the call now, so this one does not settle it.
                () = lost.unwrap_or_else(|| Box::pin(pending())) => (Err("lease_lost"), None),
            };
            drop(entry);
            let reply = match handled {
                Ok(result) => {
                    self.route().count(ending(&result), self.started);
                    let reply = reply(self.route(), &self.shared, &self.context, result, span);
                    responder.send(reply)
                }
                Err(reason) => {
                    tracing::debug!(id = %self.context.message_id(), reason, "a handler was stopped");
                    spans::failed(&span, reason);
                    self.route().count(Ending::Failed, self.started);
                    SettleFuture::done(Ok(()))
                }
            };
            match acknowledger {
                None => self.finish(reply, log_replied).await,
                Some(acknowledger) => {
                    // Without a reply, the broker delivers it again.
                    let settling = async move {
                        reply.await?;
                        acknowledger.settle(Settlement::Acknowledge).await
                    };
                    self.finish(SettleFuture::until(settling), log_replied).await;
                }
            }
        });
    }

    fn spawn_message(self, answer: Answer, span: Span, acknowledger: Box<dyn Acknowledger>) {
        let tasks = self.shared.process.tasks.clone();
        tasks.spawn(self.handle_message(answer, span, acknowledger));
    }

    fn spawn_settled(self, settling: SettleFuture) {
        let tasks = self.shared.process.tasks.clone();
        tasks.spawn(self.finish(settling, |result| _ = log_settled(result)));
    }

    async fn handle_message(mut self, answer: Answer, span: Span, acknowledger: Box<dyn Acknowledger>) {
        let lost = acknowledger.lost().unwrap_or_else(|| Box::pin(pending()));
        let settlement = tokio::select! {
            biased;
            settlement = self.run_attempts(answer, span) => settlement,
            () = lost => {
                // Another consumer may now handle the message, so this one stops and does not settle it.
                let id = self.context.message_id();
                tracing::warn!(%id, "a handler was stopped because the lease of its message ended");
                if self.is_running {
                    self.route().count(Ending::Failed, self.started);
                }
                return;
            }
        };
        self.finish(acknowledger.settle(settlement), |result| _ = log_settled(result)).await;
    }

    /// Runs the handler of a command or an event, and returns how the message is settled. Where order matters, the
    /// later attempts are made here, too.
    async fn run_attempts(&mut self, mut answer: Answer, mut span: Span) -> Settlement {
        loop {
            self.is_running = true;
            let result = self.run(answer, &span).await;
            self.is_running = false;
            self.route().count(ending(&result), self.started);
            let settlement = settlement(self.route(), &self.context, result, span);
            let Settlement::Retry { after } = settlement else { return settlement };
            if !self.route().ordered {
                return settlement;
            }
            // Later messages of an ordered queue must wait, so this waits for the delay.
            if !wait(after, &self.shared.process.shutdown).await {
                return Settlement::Release;
            }
            self.context = self.context.with_attempt(self.context.attempt() + 1);
            answer = submit(self.route(), self.context.clone()).await;
            self.started = Instant::now();
            span = begin(self.route(), &self.shared, &self.context);
        }
    }

    /// Waits for a settlement or a reply. The slot is free for the next handler meanwhile, unless that one must not
    /// start before this message is settled, or too many wait for the broker.
    async fn finish(self, work: SettleFuture, log: fn(Result<()>)) {
        let work = match work.try_finish() {
            Ok(result) => return log(result),
            Err(work) => work,
        };
        let _in_flight = self.shared.process.settlements.enter().await;
        let _slot = self.route().ordered.then_some(self.slot);
        log(work.await);
    }

    /// Runs a handler until it finishes or panics, or until its caller's deadline.
    async fn run(&self, answer: Answer, span: &Span) -> Handled {
        let handling = self.context.clone().scope(answer);
        let handling = AssertUnwindSafe(handling).catch_unwind().instrument(span.clone());
        let handling = handling.map(|result| result.unwrap_or_else(|panic| Err(panicked(&*panic))));
        let Some(deadline) = self.context.deadline() else { return handling.await };
        let late = |_| Err(HandlerError::terminal(deadline_exceeded_error(self.context.method())));
        tokio::time::timeout_at(deadline, handling).await.unwrap_or_else(late)
    }
}

impl Route {
    /// Counts an attempt that began at `started` and has ended.
    fn count(&self, ending: Ending, started: Instant) {
        self.metrics.in_flight.decrement(1);
        self.metrics.duration.record(Since(started));
        self.metrics.endings.count(ending);
    }
}

/// The reply of a call. The span of its handler ends here.
fn reply(route: &Route, shared: &WorkerShared, context: &Context, result: Handled, span: Span) -> Frame {
    outcome::record(&span, &result);
    span.in_scope(|| outcome::reply(route, context, shared, result))
}

/// The settlement of a command or an event. The span of its handler ends here.
fn settlement(route: &Route, context: &Context, result: Handled, span: Span) -> Settlement {
    outcome::record(&span, &result);
    span.in_scope(|| outcome::settlement(route, context, result))
}

/// Waits, unless the program shuts down first. Returns whether the delay is over.
async fn wait(delay: Duration, shutdown: &Shutdown) -> bool {
    tokio::select! {
        biased;
        () = shutdown.token().cancelled() => false,
        () = tokio::time::sleep(delay) => true,
    }
}

/// Counts an attempt that starts, and opens its span.
fn begin(route: &Route, shared: &WorkerShared, context: &Context) -> Span {
    if context.attempt() > 1 {
        route.metrics.redeliveries.increment(1);
    } else if let Some(callers) = &route.callers {
        callers.count(&context.envelope().source);
    }
    route.metrics.in_flight.increment(1);
    let handling = Handling {
        message: context.envelope(),
        method: &route.kind,
        attempt: context.attempt(),
        source: &shared.source,
        system: shared.process.capabilities.driver,
    };
    let span = handling.span();
    context.trace().start(&span, context.envelope());
    span
}
