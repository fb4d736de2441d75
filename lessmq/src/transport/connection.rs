//! Whether a transport reaches its broker.

use std::time::SystemTime;

/// Whether a transport reaches its broker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStatus {
    /// Whether the broker is reachable now.
    pub connected: bool,
    /// Since when `connected` has this value, by this machine's clock.
    pub since: SystemTime,
    /// Why the broker is not reachable, if known.
    pub reason: Option<String>,
}

impl ConnectionStatus {
    /// The status of a transport that reaches its broker from now on.
    #[must_use]
    pub fn connected() -> Self {
        Self { connected: true, since: SystemTime::now(), reason: None }
    }

    /// The status of a transport that does not reach its broker from now on, with the reason.
    #[must_use]
    pub fn disconnected(reason: impl Into<String>) -> Self {
        Self { connected: false, since: SystemTime::now(), reason: Some(reason.into()) }
    }

    /// The status of two connections that are both needed.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.connected, other.connected) {
            (true, false) => other,
            (false, true) => self,
            (true, true) if other.since > self.since => other,
            (false, false) if other.since < self.since => other,
            _ => self,
        }
    }
}
