//! Connecting to the broker.

use std::sync::Arc;
use std::time::Duration;

use lapin::{Connection, ConnectionProperties};
use tokio::time::{sleep, timeout};

use super::endpoint::Endpoint;
use super::failure;
use crate::error::{Error, Result};
use crate::transport::kit::Backoff;

const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));

/// Connects to the broker, with the name of this connection.
#[derive(Clone)]
pub(super) struct Dialer {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) client_name: String,
}

impl Dialer {
    /// Tries again until it is connected, or until `is_final` returns an error.
    pub(super) async fn connect(
        &self,
        is_final: impl Fn(&lapin::Error) -> Option<Error>,
    ) -> Result<Connection> {
        let broker = &self.endpoint;
        let mut delays = BACKOFF.delays();
        let mut reported = false;
        loop {
            let error = match self.try_connect().await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            if let Some(error) = is_final(&error) {
                return Err(error);
            }
            if !reported {
                let reason = failure::reason(&error);
                tracing::warn!(%broker, reason, "the broker is unreachable; trying again until it is reachable");
                reported = true;
            }
            sleep(delays.next_delay()).await;
        }
    }

    async fn try_connect(&self) -> lapin::Result<Connection> {
        let endpoint = &self.endpoint;
        let properties = ConnectionProperties::default()
            .with_connection_name(self.client_name.as_str().into())
            .with_client_property("product".into(), "LessMQ".into())
            .with_client_property("version".into(), env!("CARGO_PKG_VERSION").into());
        let runtime = lapin::runtime::default_runtime()?;
        let uri = endpoint.uri.clone();
        let connecting = Connection::connect_uri_with_config(uri, properties, endpoint.tls.clone(), runtime);
        timeout(endpoint.connection_timeout, connecting)
            .await
            .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
    }
}
