//! The handler of a method, its request and its response.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::task;

use bytes::Bytes;
use futures_util::future::{BoxFuture, MapErr, TryFutureExt};
use tower::Service;

use crate::context::Context;
use crate::envelope::Outcome;
use crate::error::{BoxError, Error, HandlerError};

/// A message on its way through the layers to its handler.
#[derive(Clone)]
pub struct Request {
    /// The context: the attributes of the message.
    pub context: Context,
    pub(super) handler: Handler,
}

impl Request {
    /// The payload, not decoded yet.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.context.envelope().data
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("context", &self.context).finish_non_exhaustive()
    }
}

/// The result of a handler; empty for commands and events.
#[derive(Clone)]
pub struct Response {
    pub(super) outcome: Outcome,
    pub(super) payload: Bytes,
}

impl Response {
    pub(super) fn empty() -> Self {
        Self { outcome: Outcome::Ok, payload: Bytes::new() }
    }

    /// The outcome of the call: a reply or a typed error.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

/// The response of a handler, through the layers of its interface.
pub(crate) type Answer = BoxFuture<'static, Result<Response, HandlerError>>;
pub(crate) type Handler = Arc<dyn Fn(Context) -> Answer + Send + Sync>;

/// The handlers of one server, by the names of their methods.
pub(crate) type Methods = HashMap<&'static str, Handler>;

/// The innermost service: runs the handler.
pub(super) struct Dispatch;

impl Service<Request> for Dispatch {
    type Response = Response;
    type Error = BoxError;
    type Future = MapErr<Answer, fn(HandlerError) -> BoxError>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), BoxError>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        (request.handler)(request.context).map_err(|error| HandlerFailure(error).into())
    }
}

/// A handler's error, as layers see it.
#[derive(Debug)]
struct HandlerFailure(HandlerError);

impl fmt::Display for HandlerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for HandlerFailure {}

/// Converts the error of a layer or a handler. An error of this library that is not retryable becomes terminal.
pub(super) fn to_handler_error(error: BoxError) -> HandlerError {
    match error.downcast::<HandlerFailure>() {
        Ok(failure) => failure.0,
        Err(of_a_layer) => match of_a_layer.downcast_ref::<Error>() {
            Some(known) if !known.is_retryable() => HandlerError::terminal(of_a_layer),
            _ => HandlerError::retryable(of_a_layer),
        },
    }
}
