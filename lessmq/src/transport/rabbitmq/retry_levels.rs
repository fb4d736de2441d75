//! The delays of retries.

use std::time::Duration;

use crate::transport::Source;
use crate::transport::kit::Names;

/// The delays that retries are rounded up to, with their names in queue names. Each is at most three times as long as
/// the one before.
///
/// A queue of a level is declared when it is first needed, and is never removed: a queue that expired (`x-expires`)
/// would drop a message that was just published to it.
pub(super) const LEVELS: [Level; 17] = [
    Level::new("100ms", Duration::from_millis(100)),
    Level::new("250ms", Duration::from_millis(250)),
    Level::new("500ms", Duration::from_millis(500)),
    Level::new("1s", Duration::from_secs(1)),
    Level::new("2s", Duration::from_secs(2)),
    Level::new("4s", Duration::from_secs(4)),
    Level::new("8s", Duration::from_secs(8)),
    Level::new("15s", Duration::from_secs(15)),
    Level::new("30s", Duration::from_secs(30)),
    Level::new("1min", Duration::from_secs(60)),
    Level::new("2min", Duration::from_secs(2 * 60)),
    Level::new("5min", Duration::from_secs(5 * 60)),
    Level::new("15min", Duration::from_secs(15 * 60)),
    Level::new("30min", Duration::from_secs(30 * 60)),
    Level::new("1h", Duration::from_secs(60 * 60)),
    Level::new("3h", Duration::from_secs(3 * 60 * 60)),
    Level::new("6h", MAX_DELAY),
];

/// The longest level. Longer delays are cut to it.
pub(super) const MAX_DELAY: Duration = Duration::from_secs(6 * 60 * 60);

/// One delay, for which there is a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    /// Its name in the names of queues.
    pub(super) name: &'static str,
    pub(super) delay: Duration,
}

impl Level {
    const fn new(name: &'static str, delay: Duration) -> Self {
        Self { name, delay }
    }

    /// The level that a delay is rounded up to.
    pub(super) fn of_delay(after: Duration) -> Self {
        LEVELS.into_iter().find(|level| level.delay >= after).unwrap_or(LEVELS[LEVELS.len() - 1])
    }

    /// The queue where messages of `source` wait for this long.
    pub(super) fn queue(self, names: &Names, source: &Source) -> String {
        let dead = if matches!(source, Source::DeadLetters(_)) { "dead." } else { "" };
        names.next_to(source, &format!("{dead}retry.{}", self.name))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;
    use crate::transport::Queue;
    use crate::transport::kit::NameStyle;

    #[test]
    fn delays_are_rounded_up_to_their_level() {
        for (millis, expected) in [
            (0, "100ms"),
            (1_000, "1s"),
            (2_000, "2s"),
            (4_000, "4s"),
            (8_000, "8s"),
            (8_001, "15s"),
            (60_000, "1min"),
            (999_999_999, "6h"),
        ] {
            assert_eq!(Level::of_delay(Duration::from_millis(millis)).name, expected, "{millis} ms");
        }
    }

    #[test]
    fn no_level_is_more_than_three_times_the_one_before() {
        for pair in LEVELS.windows(2) {
            let [shorter, longer] = [pair[0].delay, pair[1].delay];
            assert!(shorter < longer && longer <= shorter * 3, "{pair:?}");
        }
    }

    #[test]
    fn the_retries_of_dead_letters_have_queues_of_their_own() {
        let names = Names::new(&"shop".parse().unwrap(), NameStyle::new(255));
        let source: Source = Queue::Commands { service: "user".parse().unwrap(), ordered: false }.into();
        let level = Level::of_delay(Duration::ZERO);
        assert_eq!(level.queue(&names, &source), "shop.user.commands.retry.100ms");
        let dead = Source::DeadLetters(source.into());
        assert_eq!(level.queue(&names, &dead), "shop.user.commands.dead.retry.100ms");
    }
}
