//! Connecting to the broker.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use lapin::{Connection, ConnectionProperties};
use tokio::time::{sleep, timeout};

use super::attempt::Attempt;
use super::endpoint::Endpoint;
use super::failure;
use crate::error::{Error, Result};
use crate::transport::kit::Backoff;

const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
/// After how long a connection attempt is logged.
const SLOW: Duration = Duration::from_secs(1);

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
        let (mut reported, mut is_first) = (false, true);
        loop {
            let error = match self.try_connect(is_first).await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            is_first = false;
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

    /// Makes one attempt. If it is slow, it logs what it waits for, with `logs`.
    async fn try_connect(&self, logs: bool) -> lapin::Result<Connection> {
        let broker = &self.endpoint;
        let properties = ConnectionProperties::default()
            .with_connection_name(self.client_name.as_str().into())
            .with_client_property("product".into(), "LessMQ".into())
            .with_client_property("version".into(), env!("CARGO_PKG_VERSION").into());
        let attempt = Attempt::default();
        let limit = broker.connection_timeout;
        let mut connecting = pin!(timeout(limit, attempt.connect(broker, properties)));
        let connected = match timeout(SLOW, connecting.as_mut()).await {
            Ok(connected) => connected,
            Err(_) => {
                if logs {
                    tracing::warn!(%broker, "waiting for the broker: {}", attempt.waits_for());
                }
                connecting.await
            }
        };
        connected.unwrap_or_else(|_| Err(attempt.timeout_error(limit)))
    }
}
