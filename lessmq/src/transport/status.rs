//! How many messages a source has.

use std::time::Duration;

/// How many messages a source has. A number is `None` if the broker does not report it. Numbers may be slightly out of
/// date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// How many messages wait for a consumer.
    pub waiting: Option<u64>,
    /// How many messages were delivered and not settled, or wait for a retry.
    pub in_flight: Option<u64>,
    /// How many dead letters the source has.
    pub dead: Option<u64>,
    /// How long the oldest waiting message has waited.
    pub oldest: Option<Duration>,
}
