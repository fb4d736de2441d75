//! When a command or an event is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How often and after which pauses the handling of a command or an event is tried.
///
/// The pause doubles from [`first`](Self::first) to [`longest`](Self::longest), and each is spread by up to a fifth
/// in both directions, so that messages that failed together do not come back together. A driver may round pauses
/// up to levels of its own, as RabbitMQ's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included; at least one.
    pub attempts: u32,
    /// The pause after the first attempt.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl Default for RetryPolicy {
    /// Five attempts, after pauses of about 1, 2, 4 and 8 seconds.
    fn default() -> Self {
        Self { attempts: 5, first: Duration::from_secs(1), longest: Duration::from_secs(60) }
    }
}

impl RetryPolicy {
    /// One attempt: whatever fails goes to the dead letters.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// All pauses together, at their longest.
    pub(crate) fn total(&self) -> Duration {
        let pauses = (1..self.attempts.min(10_000)).map(|attempt| self.pause(attempt, 40));
        pauses.fold(Duration::ZERO, Duration::saturating_add)
    }

    /// The pause after attempt number `attempt`, or `None` when that was the last.
    pub(crate) fn pause_after(&self, attempt: u32) -> Option<Duration> {
        let random = RandomState::new().hash_one(attempt);
        (attempt < self.attempts).then(|| self.pause(attempt, random))
    }

    fn pause(&self, attempt: u32, random: u64) -> Duration {
        let doubled =
            self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        let percent = 80 + u32::try_from(random % 41).expect("less than 41");
        (doubled.min(self.longest).saturating_mul(percent) / 100).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy =
            RetryPolicy { attempts: 9, first: Duration::from_secs(1), longest: Duration::from_secs(6) };
        let middle: Vec<_> = (1..=4).map(|attempt| policy.pause(attempt, 20).as_secs()).collect();
        assert_eq!(middle, [1, 2, 4, 6]);
        assert_eq!(policy.pause(u32::MAX, 20), Duration::from_secs(6));
    }

    #[test]
    fn pauses_are_spread_by_a_fifth() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause(1, 0), Duration::from_millis(800));
        assert_eq!(policy.pause(1, 40), Duration::from_millis(1200));
        assert_eq!(policy.pause(30, 40), policy.longest);
    }

    #[test]
    fn the_last_attempt_has_no_pause_after_it() {
        let policy = RetryPolicy::default();
        assert!(policy.pause_after(4).is_some());
        assert_eq!(policy.pause_after(5), None);
        assert_eq!(RetryPolicy::never().pause_after(1), None);
    }
}
