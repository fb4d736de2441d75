//! Typed servers: they call handlers for deliveries.
//!
//! `#[lessmq::interface]` turns an implementation of the trait into a [`Server`], which an [`App`](crate::App) runs.
//! The common parts are implemented here, once: decoding, deadlines, cancellation, retry, dead letters, replies, spans
//! and metrics.

mod admission;
mod attempt;
mod builder;
mod callers;
mod in_flight;
mod method;
mod outcome;
mod retry;
mod route;
mod settlements;
mod shared;
mod shutdown;
mod worker;

use std::fmt;

use tower::util::{BoxService, ServiceExt};
use tower::{Layer, Service};

pub use self::builder::ServerBuilder;
pub(crate) use self::callers::Callers;
pub(crate) use self::method::Methods;
pub use self::method::{Request, Response};
pub use self::retry::RetryPolicy;
pub(crate) use self::route::Routes;
pub(crate) use self::shared::{ProcessShared, WorkerShared};
pub(crate) use self::worker::Worker;
use crate::contract::Contract;
use crate::error::BoxError;

/// The service that a layer of a [`Server`] wraps.
pub type MethodService = BoxService<Request, Response, BoxError>;

/// The default number of handlers of one server that run at a time.
pub const DEFAULT_CONCURRENCY: u16 = 64;

/// The default prefetch of commands and events, as a multiple of the concurrency.
const PREFETCH_FACTOR: u16 = 4;

/// An implementation of an interface, ready to be served.
///
/// ```
/// # use std::time::Duration;
/// # fn example(server: lessmq::Server) -> lessmq::Server {
/// server
///     .concurrency(8)
///     .layer(tower::timeout::TimeoutLayer::new(Duration::from_secs(5)))
/// # }
/// ```
pub struct Server {
    pub(crate) contract: &'static Contract,
    pub(crate) methods: Methods,
    /// The layers around the handlers; `None` without any.
    pub(crate) layers: Option<MethodService>,
    pub(crate) settings: Settings,
}

/// How a server runs.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) concurrency: u16,
    prefetch: Option<u16>,
    pub(crate) retry: RetryPolicy,
}

impl Settings {
    /// How many commands or events are taken from a queue before they are settled.
    pub(crate) fn prefetch(&self) -> u16 {
        self.prefetch.unwrap_or(self.concurrency.saturating_mul(PREFETCH_FACTOR))
    }
}

impl Server {
    pub(crate) fn new(contract: &'static Contract, methods: Methods) -> Self {
        let settings =
            Settings { concurrency: DEFAULT_CONCURRENCY, prefetch: None, retry: RetryPolicy::default() };
        Self { contract, methods, layers: None, settings }
    }

    /// Runs at most this many handlers of this server at a time; at least one. Commands and events of an ordered
    /// interface are handled one at a time.
    #[must_use]
    pub fn concurrency(mut self, handlers: u16) -> Self {
        self.settings.concurrency = handlers.max(1);
        self
    }

    /// Takes at most this many commands or events from each queue before it settles them; at least one. By default four
    /// times the [concurrency](Self::concurrency), so that the next messages are here when handlers finish. More is
    /// faster where handlers are fast; with slow handlers, messages wait here although another copy may be idle. Calls
    /// are not affected: a process takes no more of them than it can handle.
    #[must_use]
    pub fn prefetch(mut self, messages: u16) -> Self {
        self.settings.prefetch = Some(messages.max(1));
        self
    }

    /// How commands and events are retried; see [`RetryPolicy`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// Wraps the handlers in a `tower` layer, such as a rate limit, a timeout or an authorisation. The layer added last
    /// is the outermost. Messages wait unacknowledged until the layers are ready, without delaying other interfaces. An
    /// error of a layer counts as an error of the handler. It is retryable, unless it is an [`Error`](crate::Error) of
    /// this library that is not.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<MethodService>,
        L::Service: Service<Request, Response = Response> + Send + 'static,
        <L::Service as Service<Request>>::Error: Into<BoxError>,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        let inner = self.layers.take().unwrap_or_else(|| BoxService::new(method::Dispatch));
        self.layers = Some(BoxService::new(layer.layer(inner).map_err(Into::into)));
        self
    }

    /// The contract of its interface.
    #[must_use]
    pub fn contract(&self) -> &'static Contract {
        self.contract
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("service", &self.contract.service)
            .field("methods", &self.contract.methods.keys().collect::<Vec<_>>())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
