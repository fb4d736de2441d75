//! Points in time.

use std::time::Duration;

use tokio::time::Instant;

/// `duration` from now, or as far in the future as the clock can represent.
pub(crate) fn in_future(duration: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(duration).unwrap_or_else(|| now + YEAR)
}
