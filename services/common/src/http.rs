//! The HTTP server of a service.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::error::StartError;
use crate::health::{self, Health};
use crate::metrics;

/// How long requests may go on after the service was told to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(15);

/// Where to listen for HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address; any free port where its port is 0.
    pub address: SocketAddr,
    /// Takes any free port of the address when its own is taken.
    pub or_any_port: bool,
}

impl Listen {
    async fn bind(self) -> Result<TcpListener, StartError> {
        let refused = |source| StartError::Listen { address: self.address, source };
        match TcpListener::bind(self.address).await {
            Err(taken) if self.or_any_port && taken.kind() == ErrorKind::AddrInUse => {
                TcpListener::bind(SocketAddr::new(self.address.ip(), 0)).await.map_err(refused)
            }
            bound => bound.map_err(refused),
        }
    }
}

/// A server that answers from the moment it is [started](Self::start), before messages are handled, so that the
/// service can be seen to be alive. Dropping it ends it at once.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    health: Health,
    stop: CancellationToken,
    tasks: JoinSet<std::io::Result<()>>,
}

impl HttpServer {
    /// Listens and serves `routes` beside the health and the metrics.
    ///
    /// # Errors
    /// `Listen`, `Metrics`.
    pub async fn start(listen: Listen, health: Health, routes: Router) -> Result<Self, StartError> {
        let listener = listen.bind().await?;
        let refused = |source| StartError::Listen { address: listen.address, source };
        let address = listener.local_addr().map_err(refused)?;
        let collected = metrics::collect()?;
        let router = health::routes(health.clone(), collected.clone()).merge(routes);
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let stopped = stop.clone().cancelled_owned();
        tasks.spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        let stopped = stop.clone();
        tasks.spawn(async move {
            while stopped.run_until_cancelled(tokio::time::sleep(metrics::UPKEEP)).await.is_some() {
                collected.run_upkeep();
            }
            Ok(())
        });
        tracing::info!("listening on http://{address}");
        Ok(Self { address, health, stop, tasks })
    }

    /// Where it listens; the port is the real one where 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Is ready until `stop`, then answers what has been asked and ends: for
    /// [`App::background`](lessmq::App::background).
    ///
    /// # Errors
    /// The server ended before `stop`.
    pub async fn until(mut self, stop: CancellationToken) -> lessmq::Result<()> {
        self.health.set_serving(true);
        let ended = stop.run_until_cancelled(self.tasks.join_next()).await;
        self.health.set_serving(false);
        self.stop.cancel();
        if let Some(ended) = ended {
            let error = lessmq::Error::new(lessmq::ErrorKind::Closed, "the HTTP server ended");
            return Err(match ended {
                Some(Ok(Err(cause))) => error.with_source(cause),
                Some(Err(panic)) => error.with_source(panic),
                _ => error,
            });
        }
        let answered = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_ANSWERS, answered).await.is_err() {
            tracing::warn!("connections are closed that did not come to their end");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_an_error_unless_any_will_do() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("there is a free port");
        let address = taken.local_addr().expect("it is bound");
        let error = Listen { address, or_any_port: false }.bind().await.expect_err("it is taken");
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        let another = Listen { address, or_any_port: true }.bind().await.expect("there is another port");
        assert_ne!(another.local_addr().expect("it is bound").port(), address.port());
    }
}
