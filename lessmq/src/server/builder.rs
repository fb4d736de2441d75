//! Makes a server from an implementation of an interface. Used by the code that `#[lessmq::interface]` generates.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::FutureExt;

use super::Server;
use super::method::{Handler, Methods, Response};
use crate::context::Context;
use crate::contract::{CallTypes, Codec, Contract};
use crate::envelope::Outcome;
use crate::error::{HandlerError, HandlerResult, Result};
use crate::never::Never;

/// Collects the handlers of one implementation.
pub struct ServerBuilder<T> {
    contract: &'static Contract,
    implementation: Arc<T>,
    methods: Methods,
}

impl<T: Send + Sync + 'static> ServerBuilder<T> {
    /// A builder without handlers.
    pub fn new(contract: &'static Contract, implementation: T) -> Self {
        Self { contract, implementation: Arc::new(implementation), methods: Methods::new() }
    }

    /// Adds a call with a typed error.
    #[must_use]
    pub fn call<Q, R, E, F>(
        self,
        name: &'static str,
        types: CallTypes<Q, R, E>,
        handle: impl Handle<T, Q, F>,
    ) -> Self
    where
        Q: Send + 'static,
        R: 'static,
        E: 'static,
        F: Future<Output = Result<R, E>> + Send + 'static,
    {
        let CallTypes { request, reply, error } = types;
        self.method(name, request, handle, move |result| match result {
            Ok(value) => respond(Outcome::Ok, reply.encode(&value)),
            Err(value) => respond(Outcome::Rejected, error.encode(&value)),
        })
    }

    /// Adds a call without a typed error.
    #[must_use]
    pub fn infallible<Q, R, F>(
        self,
        name: &'static str,
        types: CallTypes<Q, R, Never>,
        handle: impl Handle<T, Q, F>,
    ) -> Self
    where
        Q: Send + 'static,
        R: 'static,
        F: Future<Output = R> + Send + 'static,
    {
        self.method(name, types.request, handle, move |value| {
            respond(Outcome::Ok, types.reply.encode(&value))
        })
    }

    /// A command.
    #[must_use]
    pub fn command<Q, F>(self, name: &'static str, request: Codec<Q>, handle: impl Handle<T, Q, F>) -> Self
    where
        Q: Send + 'static,
        F: Future<Output = HandlerResult> + Send + 'static,
    {
        self.method(name, request, handle, |result: HandlerResult| result.map(|()| Response::empty()))
    }

    /// An event.
    #[must_use]
    pub fn event<Q, F>(self, name: &'static str, payload: Codec<Q>, handle: impl Handle<T, Q, F>) -> Self
    where
        Q: Send + 'static,
        F: Future<Output = HandlerResult> + Send + 'static,
    {
        self.command(name, payload, handle)
    }

    fn method<Q, F>(
        mut self,
        name: &'static str,
        codec: Codec<Q>,
        handle: impl Handle<T, Q, F>,
        answer: impl Fn(F::Output) -> Result<Response, HandlerError> + Copy + Send + Sync + 'static,
    ) -> Self
    where
        Q: Send + 'static,
        F: Future + Send + 'static,
    {
        let implementation = Arc::clone(&self.implementation);
        let handler: Handler = Arc::new(move |context| {
            let implementation = Arc::clone(&implementation);
            async move {
                let request = codec.decode(&context.envelope().data).map_err(HandlerError::terminal)?;
                answer(handle(implementation, context, request).await)
            }
            .boxed()
        });
        self.methods.insert(name, handler);
        self
    }

    /// The server.
    #[must_use]
    pub fn build(self) -> Server {
        Server::new(self.contract, self.methods)
    }
}

impl<T> fmt::Debug for ServerBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder").field("methods", &self.methods.keys()).finish_non_exhaustive()
    }
}

/// A closure that calls the implementation with a decoded request. It captures nothing.
pub trait Handle<T, Q, F>: Fn(Arc<T>, Context, Q) -> F + Copy + Send + Sync + 'static {}

impl<T, Q, F, C: Fn(Arc<T>, Context, Q) -> F + Copy + Send + Sync + 'static> Handle<T, Q, F> for C {}

fn respond(outcome: Outcome, encoded: Result<Bytes>) -> Result<Response, HandlerError> {
    let payload = encoded.map_err(HandlerError::terminal)?;
    Ok(Response { outcome, payload })
}
