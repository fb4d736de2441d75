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

/// The limit for requests in progress during a shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);

/// Where to listen for HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address. Port 0 means any free port.
    pub address: SocketAddr,
    /// Whether another free port is used if this one is in use.
    pub or_any_port: bool,
}

impl Listen {
    async fn bind(self) -> Result<TcpListener, StartError> {
        let listen_error = |source| StartError::Listen { address: self.address, source };
        match TcpListener::bind(self.address).await {
            Err(taken) if self.or_any_port && taken.kind() == ErrorKind::AddrInUse => {
                TcpListener::bind(SocketAddr::new(self.address.ip(), 0)).await.map_err(listen_error)
            }
            bound => bound.map_err(listen_error),
        }
    }
}

/// A server that responds as soon as it is [started](Self::start), before messages are handled, so that a health check
/// sees that the service is alive. Dropping it stops it at once.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    health: Health,
    stop: CancellationToken,
    tasks: JoinSet<std::io::Result<()>>,
}

impl HttpServer {
    /// Listens, and serves `routes`, the health checks and the metrics.
    ///
    /// # Errors
    /// `Listen`, `Metrics`.
    pub async fn start(listen: Listen, health: Health, routes: Router) -> Result<Self, StartError> {
        let listener = listen.bind().await?;
        let listen_error = |source| StartError::Listen { address: listen.address, source };
        let address = listener.local_addr().map_err(listen_error)?;
        let recorder = metrics::record()?;
        let router = health::routes(health.clone(), recorder.clone()).merge(routes);
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let stopped = stop.clone().cancelled_owned();
        tasks.spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        let stopped = stop.clone();
        tasks.spawn(async move {
            while stopped.run_until_cancelled(tokio::time::sleep(metrics::UPKEEP_INTERVAL)).await.is_some() {
                recorder.run_upkeep();
            }
            Ok(())
        });
        tracing::info!("listening on http://{address}");
        Ok(Self { address, health, stop, tasks })
    }

    /// The address that it listens on, with the real port if port 0 was configured.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Is ready until `stop`, and then finishes the requests in progress. It is for
    /// [`App::background`](lessmq::App::background).
    ///
    /// # Errors
    /// The server stopped before `stop`.
    pub async fn until(mut self, stop: CancellationToken) -> lessmq::Result<()> {
        self.health.set_serving(true);
        let ended = stop.run_until_cancelled(self.tasks.join_next()).await;
        self.health.set_serving(false);
        self.stop.cancel();
        if let Some(ended) = ended {
            let error = lessmq::Error::new(lessmq::ErrorKind::Closed, "the HTTP server stopped");
            return Err(match ended {
                Some(Ok(Err(cause))) => error.with_source(cause),
                Some(Err(panic)) => error.with_source(panic),
                _ => error,
            });
        }
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, finished).await.is_err() {
            tracing::warn!("closing connections with requests in progress");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_an_error_unless_any_port_is_allowed() {
        let occupied = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = occupied.local_addr().expect("it is bound");
        let error = Listen { address, or_any_port: false }.bind().await.expect_err("it is in use");
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        let another = Listen { address, or_any_port: true }.bind().await.expect("another port is free");
        assert_ne!(another.local_addr().expect("it is bound").port(), address.port());
    }
}
