//! Typed servers: from deliveries to handlers and back.
//!
//! `#[lessmq::interface]` turns an implementation of the trait into a [`Server`], which an [`App`](crate::App) runs.
//! What is the same for all of them stands here once: decoding, deadlines, cancellation, retry, dead letters,
//! replies, spans and metrics.

mod builder;
mod fault;
mod handle;
mod in_flight;
mod method;
mod retry;
mod route;
mod stop;
mod worker;

use std::fmt;

use tower::util::{BoxService, ServiceExt};
use tower::{Layer, Service};

pub use self::builder::ServerBuilder;
pub use self::fault::Fault;
pub(crate) use self::in_flight::InFlight;
pub(crate) use self::method::Methods;
pub use self::method::{Request, Response};
pub use self::retry::RetryPolicy;
pub(crate) use self::route::Routes;
pub(crate) use self::stop::Stop;
pub(crate) use self::worker::{Desk, Work, Worker};
use crate::contract::Contract;
use crate::error::BoxError;

/// What a layer of a [`Server`] wraps.
pub type MethodService = BoxService<Request, Response, BoxError>;

/// How many handlers of one server run at a time unless it says otherwise.
pub const DEFAULT_CONCURRENCY: u16 = 64;

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
    /// What surrounds the handlers; `None` while they stand alone.
    pub(crate) layers: Option<MethodService>,
    pub(crate) settings: Settings,
}

/// How a server runs.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) concurrency: u16,
    pub(crate) retry: RetryPolicy,
    pub(crate) ordered: bool,
}

impl Server {
    pub(crate) fn new(contract: &'static Contract, methods: Methods) -> Self {
        let settings =
            Settings { concurrency: DEFAULT_CONCURRENCY, retry: RetryPolicy::default(), ordered: false };
        Self { contract, methods, layers: None, settings }
    }

    /// Runs at most this many handlers of this server at a time; at least one. From each of its queues (calls,
    /// commands, what exists) a process takes no more messages than that.
    #[must_use]
    pub fn concurrency(mut self, handlers: u16) -> Self {
        self.settings.concurrency = handlers.max(1);
        self
    }

    /// How commands and events are tried again; see [`RetryPolicy`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// Handles messages one after another in the order in which they were published, over all copies of the
    /// program: one copy at a time consumes, another takes over when it goes. A message that is tried again keeps
    /// the later ones waiting. Calls are not concerned.
    #[must_use]
    pub fn ordered(mut self) -> Self {
        self.settings.ordered = true;
        self
    }

    /// Wraps the handlers in a `tower` layer: a rate limit, a timeout, an authorisation. The layer added last is
    /// the outermost. A message is taken from the broker's hands only when the layers are ready for it, and an
    /// error of a layer counts as one of the handler: retryable, unless it is an [`Error`](crate::Error) of this
    /// library that no retry mends.
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

    /// What the server provides or, as a subscriber, understands.
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
