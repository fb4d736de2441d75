//! The loop that takes deliveries from one consumer and starts their handlers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::{FutureExt, TryFutureExt, ready};
use tokio::sync::{SemaphorePermit, oneshot};
use tokio::task::coop;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

use super::handle::{self, Attempt};
use super::method::{Request, to_handler_error};
use super::route::Route;
use super::stop::Stop;
use super::{InFlight, Routes};
use crate::context::Context;
use crate::envelope::{MessageId, Text};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::transport::{Acknowledger, Consumer, DeadLetterReason, Delivery, Settlement};

/// What all workers of one program share.
#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) stop: Stop,
    /// The handlers that run.
    pub(crate) handlers: TaskTracker,
    pub(crate) in_flight: InFlight,
    /// The largest payload that is handled.
    pub(crate) max_payload: usize,
}

/// Takes the deliveries of one consumer.
pub(crate) struct Worker {
    pub(crate) routes: Routes,
    /// The method of all deliveries, where they do not say.
    pub(crate) only_method: Option<Text>,
    pub(crate) desk: Arc<Desk>,
}

/// What all jobs of one worker share.
pub(crate) struct Desk {
    pub(crate) service: Text,
    /// The identity of all that is served here.
    pub(crate) contract_id: Text,
    pub(crate) work: Work,
}

impl Worker {
    /// Works until the program stops or the consumer ends.
    ///
    /// # Errors
    /// The driver gave the consumer up.
    pub(crate) async fn run(self, mut consumer: Consumer) -> Result<()> {
        let stop = &self.desk.work.stop;
        let mut stopped = stop.wake_up();
        while !stop.is_said() && !stopped.is_terminated() {
            let delivery = tokio::select! {
                biased;
                delivery = consumer.next() => delivery,
                _ = &mut stopped => return Ok(()),
            };
            match delivery {
                Some(delivery) => self.take(delivery?, &mut stopped).await,
                None => return Err(Error::new(ErrorKind::Closed, "the bus was closed")),
            }
            // Where messages keep coming and handlers never wait, others on this thread get their turn, too.
            coop::consume_budget().await;
        }
        Ok(())
    }

    async fn take(&self, mut delivery: Delivery, stopped: &mut oneshot::Receiver<()>) {
        if delivery.envelope.id.is_empty() {
            Arc::make_mut(&mut delivery.envelope).id = MessageId::new();
        }
        let route = match self.route(&delivery) {
            Ok(route) => route,
            Err((reason, detail)) => return handle::refuse(self, delivery, reason, detail).await,
        };
        let deadline = deadline(&delivery);
        let in_time = deadline.is_none_or(|deadline| deadline > delivery.received_at);
        let Delivery { envelope, attempt, responder, acknowledger, .. } = delivery;
        let context = Context::new(envelope, attempt, deadline);
        if !in_time {
            return expired(&context, acknowledger).await;
        }
        let admitted = match Self::admit_at_once(route, &context) {
            None => tokio::select! {
                biased;
                admitted = Self::admit(route, &context) => Some(admitted),
                _ = stopped => None,
            },
            admitted => admitted,
        };
        let Some((slot, answer)) = admitted else {
            handle::settled(acknowledger.settle(Settlement::Release).await);
            return;
        };
        // Again, for the wait may have been long.
        let started = Instant::now();
        let left = responder.is_some() && self.desk.work.in_flight.has_left(context.message_id());
        if left || deadline.is_some_and(|deadline| deadline <= started) {
            return expired(&context, acknowledger).await;
        }
        let attempt = Attempt { route, desk: &self.desk, slot, started };
        match responder {
            // A call is acknowledged before it is handled, and not handled without, for it is handled at most once.
            Some(responder) => {
                if handle::settled(acknowledger.settle(Settlement::Acknowledge).await)
                    && let Some(sending) = attempt.start_call(context, answer, responder)
                {
                    handle::sent(sending.await);
                }
            }
            None => {
                if let Some(settling) = attempt.start(context, answer, acknowledger) {
                    handle::settled(settling.await);
                }
            }
        }
    }

    /// Passes the message on to its handler where there is a free slot and no layer to wait for, which is the usual
    /// case and costs less than to be ready for another.
    fn admit_at_once<'a>(
        route: &'a Route,
        context: &Context,
    ) -> Option<(SemaphorePermit<'a>, handle::Answer)> {
        if route.interface.layers.is_some() {
            return None;
        }
        let slot = route.slots.try_acquire().ok()?;
        Some((slot, (route.handler)(context.clone())))
    }

    /// Waits for a free slot and for the layers, and passes the message on to them.
    async fn admit<'a>(route: &'a Route, context: &Context) -> (SemaphorePermit<'a>, handle::Answer) {
        let slot = route.slots.acquire().await.expect("the semaphore is never closed");
        (slot, submit(route, context.clone()).await)
    }

    fn route(&self, delivery: &Delivery) -> Result<&Arc<Route>, (DeadLetterReason, String)> {
        let envelope = &delivery.envelope;
        let own = envelope.kind.strip_prefix(&*self.desk.service).and_then(|rest| rest.strip_prefix('.'));
        let method = match (&self.only_method, own) {
            (Some(only), _) => only,
            (None, Some(own)) => own,
            (None, None) => return Err(self.unknown(&envelope.kind)),
        };
        let route = self.routes.get(method).ok_or_else(|| self.unknown(&envelope.kind))?;
        if !envelope.is_json() {
            let content_type = envelope.content_type.as_deref().unwrap_or_default().escape_debug();
            let detail = format!("the payload of `{}` is `{content_type}`, not JSON", route.kind);
            return Err((DeadLetterReason::ContentType, detail));
        }
        let (length, limit) = (envelope.data.len(), self.desk.work.max_payload);
        if length > limit {
            let detail = format!("the payload of `{}` has {length} bytes; the limit is {limit}", route.kind);
            return Err((DeadLetterReason::TooLarge, detail));
        }
        Ok(route)
    }

    fn unknown(&self, kind: &str) -> (DeadLetterReason, String) {
        let detail = format!("`{}` is not handled here, in `{}`", kind.escape_debug(), self.desk.contract_id);
        (DeadLetterReason::UnknownMethod, detail)
    }
}

/// Calls the handler of a message, through the layers of its interface when they are ready.
pub(super) async fn submit(route: &Route, context: Context) -> handle::Answer {
    let Some(layers) = &route.interface.layers else { return (route.handler)(context) };
    let request = Request { context, handler: Arc::clone(&route.handler) };
    let layered = async {
        let mut service = layers.lock().await;
        let ready = service.ready().await?;
        Ok::<_, BoxError>(ready.call(request))
    };
    match AssertUnwindSafe(layered).catch_unwind().await {
        Ok(Ok(answer)) => Box::pin(answer.map_err(to_handler_error)),
        Ok(Err(error)) => Box::pin(ready(Err(to_handler_error(error)))),
        Err(panic) => Box::pin(ready(Err(handle::panicked(&*panic)))),
    }
}

async fn expired(context: &Context, acknowledger: Box<dyn Acknowledger>) {
    let (id, method) = (context.message_id(), context.method());
    tracing::debug!(%id, method, "expired before it was handled");
    handle::settled(acknowledger.settle(Settlement::Acknowledge).await);
}

/// When the caller stops waiting: the broker's time of publishing, or that of receipt, plus what was left then.
/// Commands and events have no deadline, whatever they say: nobody waits, and nothing may be lost.
fn deadline(delivery: &Delivery) -> Option<Instant> {
    let left = delivery.envelope.expires_in.filter(|_| delivery.responder.is_some())?;
    let on_the_way =
        delivery.published_at.and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or_default();
    delivery.received_at.checked_add(left.saturating_sub(on_the_way))
}
