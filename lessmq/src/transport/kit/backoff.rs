//! Delays between attempts.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Delays that double from one attempt to the next, up to a limit. Each delay is changed at random by up to a fifth
/// (jitter), so that programs that failed at the same time do not try again at the same time.
///
/// ```
/// use std::time::Duration;
/// use lessmq::transport::kit::Backoff;
///
/// let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
/// let third = backoff.delay(3);
/// assert!(third >= Duration::from_millis(3_200) && third <= Duration::from_millis(4_800));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
}

/// The jitter, in percent of a delay.
const SPREAD: u32 = 20;

impl Backoff {
    /// Delays from about `initial` to `max`, which is never exceeded.
    #[must_use]
    pub const fn new(initial: Duration, max: Duration) -> Self {
        Self { initial, max }
    }

    /// The delay after attempt number `attempt`, from 1.
    #[must_use]
    pub fn delay(&self, attempt: u32) -> Duration {
        let random = RandomState::new().hash_one(attempt);
        let offset = u32::try_from(random % u64::from(2 * SPREAD + 1)).unwrap_or(SPREAD);
        self.spread(attempt, 100 - SPREAD + offset)
    }

    /// The longest delay that [`Backoff::delay`] can return for this attempt.
    #[must_use]
    pub fn longest_delay(&self, attempt: u32) -> Duration {
        self.spread(attempt, 100 + SPREAD)
    }

    /// The delays of a loop.
    #[must_use]
    pub fn delays(self) -> Delays {
        Delays { backoff: self, attempt: 0 }
    }

    fn spread(&self, attempt: u32, percent: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let delay = self.initial.saturating_mul(factor).min(self.max);
        // Divides first if the product would overflow.
        let spread =
            delay.checked_mul(percent).map_or(delay / 100 * percent.min(100), |product| product / 100);
        spread.min(self.max)
    }
}

/// The delays of a loop that tries until it succeeds.
#[derive(Clone, Debug)]
pub struct Delays {
    backoff: Backoff,
    attempt: u32,
}

impl Delays {
    /// The delay after one more failed attempt.
    pub fn next_delay(&mut self) -> Duration {
        self.attempt = self.attempt.saturating_add(1);
        self.backoff.delay(self.attempt)
    }

    /// Starts again with the shortest delay, after a success.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// Whether the last attempt succeeded.
    #[must_use]
    pub fn is_reset(&self) -> bool {
        self.attempt == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(6));

    #[test]
    fn delays_double_up_to_the_limit() {
        let middle: Vec<_> = (1..=4).map(|attempt| BACKOFF.spread(attempt, 100).as_secs()).collect();
        assert_eq!(middle, [1, 2, 4, 6]);
        assert_eq!(BACKOFF.spread(u32::MAX, 100), Duration::from_secs(6));
    }

    #[test]
    fn delays_vary_by_a_fifth_and_never_exceed_the_limit() {
        for attempt in 1..40 {
            let (delay, longest) = (BACKOFF.delay(attempt), BACKOFF.longest_delay(attempt));
            assert!(delay >= BACKOFF.spread(attempt, 80) && delay <= longest, "{attempt}: {delay:?}");
            assert!(longest <= BACKOFF.max);
        }
        assert_eq!(BACKOFF.longest_delay(1), Duration::from_millis(1_200));
    }

    #[test]
    fn the_longest_durations_do_not_overflow() {
        let backoff = Backoff::new(Duration::MAX, Duration::MAX);
        assert!(backoff.delay(7) >= Duration::MAX / 100 * 79);
    }

    #[test]
    fn a_success_starts_over() {
        let mut delays = BACKOFF.delays();
        assert!(delays.is_reset());
        delays.next_delay();
        assert!(delays.next_delay() > BACKOFF.longest_delay(1));
        delays.reset();
        assert!(delays.next_delay() <= BACKOFF.longest_delay(1));
    }
}
