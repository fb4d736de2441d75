//! A process on the bus: it checks the contracts that it requires, serves, subscribes, and drains when it stops.

mod plan;
mod requirement;
mod running;
mod signals;

use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use self::requirement::Requirement;
pub use self::requirement::WhenAbsent;
pub use self::running::Running;
use self::signals::second_signal;
use crate::bus::Bus;
use crate::client::Client;
use crate::contract::Contract;
use crate::error::{Error, ErrorKind, Result};
use crate::server::Server;

/// The default drain timeout: how long handlers may continue during a shutdown.
pub const DEFAULT_DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// The builder of a process on a bus. [`App::run`] runs it.
///
#[doc = include_str!("../docs/app.md")]
#[must_use = "an app does nothing until it is run"]
#[derive(Debug)]
pub struct App {
    bus: Bus,
    requirements: Vec<Requirement>,
    servers: Vec<Server>,
    subscribers: Vec<Subscriber>,
    published: Vec<&'static Contract>,
    background: Vec<Background>,
    drain_timeout: Duration,
}

/// A server of another service's events, with its consumer group.
#[derive(Debug)]
struct Subscriber {
    /// `None` means that every process gets every event.
    group: Option<String>,
    server: Server,
}

/// A task that runs next to the handlers until the process stops.
struct Background {
    name: String,
    start: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, Result<()>> + Send>,
}

impl App {
    /// A process on `bus` without interfaces and tasks.
    pub fn new(bus: Bus) -> Self {
        Self {
            bus,
            requirements: Vec::new(),
            servers: Vec::new(),
            subscribers: Vec::new(),
            published: Vec::new(),
            background: Vec::new(),
            drain_timeout: DEFAULT_DRAIN_TIMEOUT,
        }
    }

    /// Checks, before anything is served, that the live provider is compatible with the contract that `C` was built
    /// against. If it is incompatible, the process does not start. If it is different, the differences are logged as a
    /// warning. Waits up to 30 seconds for the provider to appear.
    pub fn requires<C: Client>(self) -> Self {
        self.requires_or::<C>(WhenAbsent::default())
    }

    /// As [`App::requires`]. `when_absent` says what to do while the service has no provider.
    pub fn requires_or<C: Client>(mut self, when_absent: WhenAbsent) -> Self {
        self.requirements.push(Requirement { contract: C::contract(), when_absent });
        self
    }

    /// Serves an interface: its calls and commands. One program must serve all interfaces of a service. Any number of
    /// copies can run: they share the service's queues, and a copy rejects methods that it does not know.
    pub fn serve(mut self, server: Server) -> Self {
        self.servers.push(server);
        self
    }

    /// Subscribes to the events of a service as the consumer group `group`: each event goes to one of the processes of
    /// the group, and is kept while none is running. If a publisher is live, its contract is checked as by
    /// [`App::requires`].
    pub fn subscribe(mut self, group: &str, server: Server) -> Self {
        self.subscribers.push(Subscriber { group: Some(group.to_owned()), server });
        self
    }

    /// Subscribes to the events of a service as a broadcast: every running process gets every event.
    pub fn broadcast(mut self, server: Server) -> Self {
        self.subscribers.push(Subscriber { group: None, server });
        self
    }

    /// Declares that this process publishes the events of `C`, as part of the contract that it provides.
    pub fn publishes<C: Client>(mut self) -> Self {
        self.published.push(C::contract());
        self
    }

    /// Runs a task next to the handlers, such as an HTTP server or an outbox's relay. The token is cancelled when the
    /// process stops. If the task fails, the process stops with its error.
    ///
    /// The task starts when messages are handled. While [`App::requires`] waits for a provider, it does not run yet. So
    /// a server that answers readiness probes starts before the app: see [the guide](crate::guide::web).
    pub fn background<F>(
        mut self,
        name: &str,
        start: impl FnOnce(CancellationToken) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.background
            .push(Background { name: name.to_owned(), start: Box::new(|stop| Box::pin(start(stop))) });
        self
    }

    /// How long handlers may continue during a shutdown; 30 seconds by default. Messages of unfinished handlers go back
    /// to the broker when the bus is closed, which [`App::run`] does.
    pub fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// Runs until SIGTERM or SIGINT, then drains: it takes no new messages, waits for running handlers, and closes the
    /// bus. A second signal, a second or more later, ends the drain at once.
    ///
    /// # Errors
    /// As [`App::start`]. Also if a consumer ended with an error, or a background task failed.
    pub async fn run(self) -> Result<()> {
        let (mut first, again) = (signals::signals()?, signals::signals()?);
        tokio::select! {
            ended = self.run_until(async { _ = first.next().await }) => ended,
            () = second_signal(again) => Err(Error::new(ErrorKind::Closed, "stopped by a second signal, without waiting for the handlers")),
        }
    }

    /// As [`App::run`], until `stop` completes.
    ///
    /// # Errors
    /// As [`App::run`].
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<()> {
        let bus = self.bus.clone();
        tokio::pin!(stop);
        let running = tokio::select! {
            () = &mut stop => return bus.close().await,
            running = self.start() => running,
        };
        let running = match running {
            Ok(running) => running,
            Err(error) => {
                // Messages that have arrived go back to the broker before the connection is closed.
                if let Err(error) = bus.close().await {
                    tracing::debug!("cannot close the bus after a failed start: {error:#}");
                }
                return Err(error);
            }
        };
        let ended = running.until(stop).await;
        ended.and(bus.close().await)
    }

    /// Starts the process. Returns when messages are being handled. The bus stays open when the app stops.
    ///
    /// # Errors
    /// `Config` if a method is duplicated or a name is invalid; `Unsupported` for features that the driver does not
    /// have; `ContractMismatch` if a required provider is incompatible; `Unavailable` if it is absent
    /// ([`WhenAbsent::Fail`] or the wait is over); `Decode` if its contract cannot be read; `Connection` and `Topology`
    /// from the broker.
    pub async fn start(self) -> Result<Running> {
        Running::start(self).await
    }
}

impl std::fmt::Debug for Background {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Background").field("name", &self.name).finish_non_exhaustive()
    }
}
