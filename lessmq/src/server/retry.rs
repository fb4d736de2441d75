//! The retry policy of commands and events.

use std::time::Duration;

use crate::transport::kit::Backoff;

/// How many times, and after which delays, a command or an event is tried again.
///
/// The delay doubles from [`initial_delay`](Self::initial_delay) to [`max_delay`](Self::max_delay). Each delay is
/// changed at random by up to a fifth (jitter), so that messages that failed at the same time are not retried at the
/// same time. A driver may round delays up to its levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The number of attempts, including the first one; at least one.
    pub max_attempts: u32,
    /// The delay after the first attempt.
    pub initial_delay: Duration,
    /// The longest delay.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    /// 13 attempts over about 20 minutes, and at least a quarter of an hour: the restart of a database sends nothing to
    /// the dead letters. The delays are about 1, 2, 4, … 128 seconds, and then 4 minutes.
    fn default() -> Self {
        Self {
            max_attempts: 13,
            initial_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(4 * 60),
        }
    }
}

impl RetryPolicy {
    /// One attempt: a message whose handler fails goes to the dead letters.
    #[must_use]
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// The sum of all delays, with the largest jitter.
    pub(crate) fn total(&self) -> Duration {
        let delays = (1..self.max_attempts.min(10_000)).map(|attempt| self.backoff().longest_delay(attempt));
        delays.fold(Duration::ZERO, Duration::saturating_add)
    }

    /// The delay after attempt number `attempt`; `None` after the last one.
    pub(crate) fn delay_after(&self, attempt: u32) -> Option<Duration> {
        (attempt < self.max_attempts).then(|| self.backoff().delay(attempt))
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(self.initial_delay, self.max_delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_attempt_has_no_delay() {
        let policy = RetryPolicy::default();
        assert!(policy.delay_after(12).is_some());
        assert_eq!(policy.delay_after(13), None);
        assert_eq!(RetryPolicy::never().delay_after(1), None);
    }

    #[test]
    fn the_total_is_the_sum_of_the_longest_delays() {
        let policy = RetryPolicy::default();
        // 1, 2, 4, … 128 seconds, each a fifth longer, and four times 240 seconds.
        assert_eq!(policy.total(), Duration::from_secs(255 * 6 / 5 + 4 * 240));
    }

    #[test]
    fn by_default_attempts_are_spread_over_a_quarter_of_an_hour() {
        for _ in 0..100 {
            let delays = (1..).map_while(|attempt| RetryPolicy::default().delay_after(attempt));
            let total: Duration = delays.sum();
            assert!(total >= Duration::from_secs(15 * 60), "{total:?}");
        }
    }
}
