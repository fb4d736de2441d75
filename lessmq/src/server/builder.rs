//! Makes a server from an implementation of an interface. Used by the code that `#[lessmq::interface]` generates.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Server;
use super::method::{Handler, Methods, Response};
use crate::context::Context;
use crate::contract::Contract;
use crate::envelope::Outcome;
use crate::error::{HandlerError, HandlerResult, Result};
use crate::payload;

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
    pub fn call<Q, R, E, F>(self, name: &'static str, handle: impl Handle<T, Q, F>) -> Self
    where
        Q: DeserializeOwned + Send + 'static,
        R: Serialize,
        E: Serialize,
        F: Future<Output = Result<R, E>> + Send + 'static,
    {
        self.method(name, handle, |result| match result {
            Ok(reply) => respond(Outcome::Ok, &reply),
            Err(error) => respond(Outcome::Rejected, &error),
        })
    }

    /// Adds a call without a typed error.
    #[must_use]
    pub fn infallible<Q, R, F>(self, name: &'static str, handle: impl Handle<T, Q, F>) -> Self
    where
        Q: DeserializeOwned + Send + 'static,
        R: Serialize,
        F: Future<Output = R> + Send + 'static,
    {
        self.method(name, handle, |reply| respond(Outcome::Ok, &reply))
    }

    /// A command.
    #[must_use]
    pub fn command<Q, F>(self, name: &'static str, handle: impl Handle<T, Q, F>) -> Self
    where
        Q: DeserializeOwned + Send + 'static,
        F: Future<Output = HandlerResult> + Send + 'static,
    {
        self.method(name, handle, |result| result.map(|()| Response::empty()))
    }

    /// An event.
    #[must_use]
    pub fn event<Q, F>(self, name: &'static str, handle: impl Handle<T, Q, F>) -> Self
    where
        Q: DeserializeOwned + Send + 'static,
        F: Future<Output = HandlerResult> + Send + 'static,
    {
        self.command(name, handle)
    }

    fn method<Q, F>(
        mut self,
        name: &'static str,
        handle: impl Handle<T, Q, F>,
        answer: fn(F::Output) -> Result<Response, HandlerError>,
    ) -> Self
    where
        Q: DeserializeOwned + Send + 'static,
        F: Future + Send + 'static,
    {
        let implementation = Arc::clone(&self.implementation);
        let handler: Handler = Arc::new(move |context| {
            let implementation = Arc::clone(&implementation);
            async move {
                let request =
                    payload::decode::<Q>(&context.envelope().data).map_err(HandlerError::terminal)?;
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

fn respond(outcome: Outcome, body: &impl Serialize) -> Result<Response, HandlerError> {
    let payload = payload::encode(body).map_err(HandlerError::terminal)?;
    Ok(Response { outcome, payload })
}
