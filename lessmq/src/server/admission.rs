//! Admission of a message: waits for a free slot of its handler and for ready layers.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::future::{FutureExt, TryFutureExt, ready};
use tokio::sync::SemaphorePermit;
use tower::{Service, ServiceExt};

use super::method::{Answer, Request, to_handler_error};
use super::outcome::panicked;
use super::route::Route;
use crate::context::Context;
use crate::error::BoxError;

/// Waits for a free slot and for the layers, and then calls the layers with the message.
pub(super) async fn admit<'a>(route: &'a Route, context: &Context) -> (SemaphorePermit<'a>, Answer) {
    let slot = route.slots.acquire().await.expect("the semaphore is never closed");
    (slot, submit(route, context.clone()).await)
}

/// As [`admit`], if nothing has to be waited for; otherwise `None`. Cheaper without layers, which is the usual
/// case.
pub(super) fn admit_now<'a>(route: &'a Route, context: &Context) -> Option<(SemaphorePermit<'a>, Answer)> {
    if route.interface.layers.is_some() {
        return admit(route, context).now_or_never();
    }
    let slot = route.slots.try_acquire().ok()?;
    Some((slot, (route.handler)(context.clone())))
}

/// Calls the handler of a message, through the layers of its interface once they are ready.
pub(super) async fn submit(route: &Route, context: Context) -> Answer {
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
        Err(panic) => Box::pin(ready(Err(panicked(&*panic)))),
    }
}
