//! The broker's names of queues and topics.

use sha2::{Digest, Sha256};

use crate::name::Name;
use crate::transport::{Group, Queue, Source, Subscription, Topic};

/// The rules of a broker for names.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NameStyle {
    /// The separator between the parts of a name.
    pub separator: char,
    /// The longest name, in bytes.
    pub max_length: usize,
    /// The suffix of the names of ordered queues and topics: `.fifo` on SQS.
    pub ordered_suffix: &'static str,
    /// Whether a name may contain a character. The name of a queue that belongs to an external queue contains the
    /// external name, with other characters replaced by the separator.
    pub allows: fn(char) -> bool,
}

impl NameStyle {
    /// Names of up to `max_length` bytes, with `.` between their parts, in which every character is allowed.
    #[must_use]
    pub const fn new(max_length: usize) -> Self {
        Self { separator: '.', max_length, ordered_suffix: "", allows: |_| true }
    }
}

/// Makes names inside one namespace.
///
/// The name of everything that a driver creates begins with the namespace. External queues and topics keep their names,
/// but queues that a driver creates for them (dead letters, retries) begin with the namespace. Names that are too long
/// are shortened, and end with a hash.
///
/// ```
/// use lessmq::name::Name;
/// use lessmq::transport::kit::{NameStyle, Names};
/// use lessmq::transport::Queue;
///
/// let names = Names::new(&Name::parse("namespace", "shop")?, NameStyle::new(255));
/// let service = Name::parse("service", "user")?;
/// assert_eq!(names.queue(&Queue::Calls { service }), "shop.user.calls");
/// # Ok::<(), lessmq::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Names {
    namespace: Name,
    style: NameStyle,
}

impl Names {
    /// Names inside `namespace`.
    #[must_use]
    pub fn new(namespace: &Name, style: NameStyle) -> Self {
        Self { namespace: namespace.clone(), style }
    }

    /// The name of a queue.
    #[must_use]
    pub fn queue(&self, queue: &Queue) -> String {
        match queue {
            Queue::External { name } => name.to_string(),
            Queue::Commands { ordered, .. } => self.make(&queue.to_string(), "", *ordered),
            Queue::Calls { .. } => self.namespaced(&queue.to_string()),
        }
    }

    /// The name of a topic. It contains the part `event`, so that it differs from the names of all queues, for brokers
    /// where these share one set of names.
    #[must_use]
    pub fn topic(&self, topic: &Topic) -> String {
        match topic {
            Topic::External { name } => name.to_string(),
            Topic::Event { service, event, ordered } => {
                let ordered_part = if *ordered { ".ordered" } else { "" };
                self.make(&format!("{service}.event.{event}"), ordered_part, *ordered)
            }
        }
    }

    /// The name of the queue of a subscription. Each consumer of [`Group::Broadcast`] has a separate queue with a
    /// [unique](Names::broadcast) name. This returns the common part of those names.
    #[must_use]
    pub fn subscription(&self, subscription: &Subscription) -> String {
        let ordered = subscription.ordered && subscription.group != Group::Broadcast;
        self.make(&subscription.to_string(), "", ordered)
    }

    /// The name of one consumer's queue of a broadcast subscription. `id` must be unique.
    #[must_use]
    pub fn broadcast(&self, subscription: &Subscription, id: &str) -> String {
        self.make(&subscription.to_string(), &format!(".{id}"), subscription.ordered)
    }

    /// The name of the queue that a source is consumed from. For a broadcast, the same as [`Names::subscription`].
    #[must_use]
    pub fn source(&self, source: &Source) -> String {
        match source {
            Source::Queue(queue) => self.queue(queue),
            Source::Subscription(subscription) => self.subscription(subscription),
            Source::DeadLetters(source) => self.dead_letters(source),
        }
    }

    /// The name of the queue of a source's dead letters. For dead letters, the name of their queue.
    #[must_use]
    pub fn dead_letters(&self, source: &Source) -> String {
        self.next_to(source, "dead")
    }

    /// The name of a queue that belongs to the queue of a source, such as its retries. It begins with the namespace
    /// once, even if the name of an external queue begins with the namespace.
    #[must_use]
    pub fn next_to(&self, source: &Source, what: &str) -> String {
        let suffix = self.write(&format!(".{what}"));
        match source.origin() {
            Source::Queue(Queue::External { name }) => {
                let path = name.as_str().strip_prefix(&self.prefix()).unwrap_or(name.as_str());
                // Different external names may become equal when characters are replaced.
                self.finish(path, &suffix, self.write(path) != path)
            }
            source => self.finish(&with_versions(&source.to_string()), &suffix, false),
        }
    }

    /// A name whose parts are separated by `.` in `path`.
    #[must_use]
    pub fn namespaced(&self, path: &str) -> String {
        self.make(path, "", false)
    }

    /// As [`Names::namespaced`], for things that live no longer than a connection or a process. `id` must be unique.
    #[must_use]
    pub fn unique(&self, path: &str, id: &str) -> String {
        self.make(path, &format!(".{id}"), false)
    }

    /// The prefix of all names that a driver creates.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("{}{}", self.namespace, self.style.separator)
    }

    fn make(&self, path: &str, suffix: &str, ordered: bool) -> String {
        let ordered_suffix = if ordered { self.style.ordered_suffix } else { "" };
        self.finish(&with_versions(path), &format!("{}{ordered_suffix}", self.write(suffix)), false)
    }

    /// Only the part before `ending` is shortened.
    fn finish(&self, path: &str, ending: &str, hashed: bool) -> String {
        let name = format!("{}{}", self.prefix(), self.write(path));
        let length = self.style.max_length.saturating_sub(ending.len());
        let hashed = hashed || name.len() > length;
        format!("{}{ending}", if hashed { shorten(&name, path, length) } else { name })
    }

    fn write(&self, path: &str) -> String {
        let allows = self.style.allows;
        path.chars().map(|c| if c == '.' || !allows(c) { self.style.separator } else { c }).collect()
    }
}

/// A path with the versions of methods as separate parts: `user.event.made.v2` for `user.event.made@2`. Brokers allow few
/// characters in names. No other name has such a part: the name of a method has no dot, and no method has the name in code
/// `made_v2` next to `made@2`.
fn with_versions(path: &str) -> String {
    path.replace('@', ".v")
}

/// The name shortened to `length` bytes, the last ones of which are a hash of `path`.
fn shorten(name: &str, path: &str, length: usize) -> String {
    let digest = Sha256::digest(path.as_bytes());
    let hash = digest.iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let kept = name.floor_char_boundary(length.saturating_sub(hash.len() + 1));
    format!("{}-{hash}", &name[..kept])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests;
