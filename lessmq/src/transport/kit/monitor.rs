//! Records whether a transport reaches its broker.

use std::sync::{PoisonError, RwLock};

use metrics::Gauge;

use crate::transport::ConnectionStatus;

/// Gauge: 1 while a connection to the broker is up, otherwise 0. Labels `driver` and `connection`.
pub const CONNECTED: &str = "lessmq_connected";

/// Records whether one connection of a transport is up, and sets the gauge [`CONNECTED`].
#[derive(Debug)]
pub struct ConnectionMonitor {
    status: RwLock<ConnectionStatus>,
    driver: &'static str,
    connection: &'static str,
}

impl ConnectionMonitor {
    /// A connection that is up. `connection` distinguishes it from the driver's others.
    #[must_use]
    pub fn new(driver: &'static str, connection: &'static str) -> Self {
        let monitor = Self { status: RwLock::new(ConnectionStatus::connected()), driver, connection };
        monitor.gauge().set(1.0);
        monitor
    }

    /// The connection is up. Does nothing if it was before.
    pub fn set_connected(&self) {
        if !self.status().connected {
            self.set(ConnectionStatus::connected());
        }
    }

    /// The connection is down. If it was down before, only the reason changes.
    pub fn set_disconnected(&self, reason: impl Into<String>) {
        let known = self.status();
        let mut status = ConnectionStatus::disconnected(reason);
        if !known.connected {
            status.since = known.since;
        }
        self.set(status);
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> ConnectionStatus {
        self.status.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, status: ConnectionStatus) {
        self.gauge().set(if status.connected { 1.0 } else { 0.0 });
        *self.status.write().unwrap_or_else(PoisonError::into_inner) = status;
    }

    /// Looked up each time: it changes rarely, and the program may install its recorder later.
    fn gauge(&self) -> Gauge {
        metrics::gauge!(CONNECTED, "driver" => self.driver, "connection" => self.connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_lasts_until_it_changes() {
        let monitor = ConnectionMonitor::new("test", "main");
        let up = monitor.status();
        monitor.set_connected();
        assert_eq!(monitor.status(), up);
        monitor.set_disconnected("first");
        let down = monitor.status();
        assert!(!down.connected && down.since >= up.since);
        monitor.set_disconnected("second");
        assert_eq!(
            (monitor.status().since, monitor.status().reason.as_deref()),
            (down.since, Some("second"))
        );
    }
}
