//! The delays of retries, and the way of a message that is retried.

use std::time::Duration;

use super::topology::{QueueDeclaration, QueueKind, RETRY};
use crate::transport::kit::Names;
use crate::transport::{Queue, Source};

/// The levels of retry delays, with their names in queue names. A delay is rounded up to the next level. Each level is
/// at most three times as long as the one before.
///
/// All sources of a namespace share the queue of a level. It is declared when it is first needed, and is never removed: a
/// queue that expired (`x-expires`) would drop a message that was just published to it.
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

/// The longest level. Longer delays are reduced to it.
pub(super) const MAX_DELAY: Duration = Duration::from_secs(6 * 60 * 60);

/// One delay, for which there is a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    /// The part of a queue's name.
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
}

/// The way of a message through the queue of a level, and back to the queue that it comes from.
#[derive(Clone, Debug)]
pub(super) struct RetryRoute {
    /// The queue of the level. An exchange of the same name leads to it.
    pub(super) level: QueueDeclaration,
    /// The queue that the message comes from, which is its routing key.
    pub(super) return_to: String,
    /// A name that no other route has.
    pub(super) name: String,
}

impl RetryRoute {
    /// The route of a message of `source`, whose queue is `queue`.
    pub(super) fn new(names: &Names, source: &Source, queue: &str, after: Duration) -> Self {
        let level = Level::of_delay(after);
        // External queues are not bound to an exchange of ours. The default exchange leads to every queue, and has no
        // alternate exchange: messages whose queue was deleted stay in the queue of the level.
        let is_external = matches!(source, Source::Queue(Queue::External { .. }));
        let (path, exchange) = match is_external {
            true => (format!("{RETRY}.external.{}", level.name), String::new()),
            false => (format!("{RETRY}.{}", level.name), names.namespaced(RETRY)),
        };
        let kind = QueueKind::Retry { exchange, delay: level.delay };
        let level = QueueDeclaration { name: names.namespaced(&path), kind };
        let name = format!("{} to {queue}", level.name);
        Self { level, return_to: queue.to_owned(), name }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;
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
    fn all_sources_share_the_queues_of_the_levels() {
        let names = Names::new(&"shop".parse().unwrap(), NameStyle::new(255));
        let route = |source: &Source| RetryRoute::new(&names, source, &names.source(source), Duration::ZERO);
        let user: Source = Queue::Commands { service: "user".parse().unwrap(), ordered: false }.into();
        let (alive, dead) = (route(&user), route(&Source::DeadLetters(user.into())));
        assert_eq!((alive.level.name.as_str(), &alive.level), ("shop.retry.100ms", &dead.level));
        assert_eq!(
            (alive.return_to.as_str(), dead.return_to.as_str()),
            ("shop.user.commands", "shop.user.commands.dead")
        );
        assert_ne!(alive.name, dead.name);

        let external = route(&Queue::External { name: "orders".parse().unwrap() }.into());
        assert_eq!(
            (external.level.name.as_str(), external.return_to.as_str()),
            ("shop.retry.external.100ms", "orders")
        );
    }
}
