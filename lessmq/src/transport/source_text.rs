//! Sources as text, for logs and for people who name one.

use std::fmt;
use std::str::FromStr;

use super::{Group, Queue, Source, Subscription};
use crate::error::{Error, ErrorKind, Result};
use crate::name::{ExternalName, MethodName, Name};

/// What comes before the name of an external queue. No name of a service contains `:`.
const EXTERNAL: &str = "external:";
/// What comes before the name of an external queue, of its dead letters.
const EXTERNAL_DEAD: &str = "external.dead:";
/// What the dead letters of any other source end in.
const DEAD: &str = ".dead";

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.origin(), self) {
            (Self::Queue(Queue::External { name }), Self::DeadLetters(_)) => {
                write!(f, "{EXTERNAL_DEAD}{name}")
            }
            (Self::Queue(Queue::External { name }), _) => write!(f, "{EXTERNAL}{name}"),
            (origin, Self::DeadLetters(_)) => write!(f, "{origin}{DEAD}"),
            (_, Self::Queue(queue)) => queue.fmt(f),
            (_, Self::Subscription(subscription)) => subscription.fmt(f),
        }
    }
}

/// Reads what `Display` writes:
///
/// | text | source |
/// | --- | --- |
/// | `user.commands`, `user.calls` | the commands, the calls of the service `user` |
/// | `user.events.mailer` | the events of `user` that the consumer group `mailer` gets |
/// | `user.broadcast` | the events of `user` that every process gets |
/// | `user.made.mailer` | the events `made` that the group gets from an external topic |
/// | `external:orders` | the external queue `orders` |
///
/// Those of ordered interfaces end in `.ordered`. Dead letters end in `.dead`; those of an external queue are
/// `external.dead:orders`.
///
/// The text does not contain the topics, so a parsed subscription has none. It can address an existing subscription and
/// its messages, but it subscribes to no further topics.
///
/// ```
/// use lessmq::transport::{Queue, Source};
///
/// let source: Source = "user.commands".parse()?;
/// assert_eq!(source, Queue::Commands { service: "user".parse()?, ordered: false }.into());
/// # Ok::<(), lessmq::Error>(())
/// ```
impl FromStr for Source {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let external =
            |name: &str| Some(Queue::External { name: ExternalName::parse("queue", name).ok()? }.into());
        let dead = |source: Self| Self::DeadLetters(Box::new(source));
        let source = if let Some(name) = text.strip_prefix(EXTERNAL) {
            external(name)
        } else if let Some(name) = text.strip_prefix(EXTERNAL_DEAD) {
            external(name).map(dead)
        } else {
            // A group may be called `dead`.
            text.strip_suffix(DEAD).and_then(ours).map(dead).or_else(|| ours(text))
        };
        source.ok_or_else(|| {
            Error::new(ErrorKind::Config, format!("invalid source `{}`", text.escape_debug())).with_hint(
                "write `SERVICE.commands`, `SERVICE.events.GROUP`, or `external:QUEUE`; ordered interfaces end in \
                 `.ordered`",
            )
        })
    }
}

/// A source of ours, other than dead letters.
fn ours(text: &str) -> Option<Source> {
    let (service, rest) = text.split_once('.')?;
    let service = Name::parse("service", service).ok()?;
    let group = |name: &str| Some(Group::Named(Name::parse("group", name).ok()?));
    let subscription = |method, group, ordered| Subscription {
        topics: Vec::new(),
        service: service.clone(),
        method,
        group,
        ordered,
    };
    Some(match rest.split('.').collect::<Vec<_>>()[..] {
        ["calls"] => Queue::Calls { service }.into(),
        ["commands"] => Queue::Commands { service, ordered: false }.into(),
        ["commands", "ordered"] => Queue::Commands { service, ordered: true }.into(),
        ["broadcast"] => subscription(None, Group::Broadcast, false).into(),
        ["broadcast", "ordered"] => subscription(None, Group::Broadcast, true).into(),
        ["events", name] => subscription(None, group(name)?, false).into(),
        ["events", name, "ordered"] => subscription(None, group(name)?, true).into(),
        [method, name] => {
            subscription(Some(MethodName::parse("method", method).ok()?), group(name)?, false).into()
        }
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "where a test meets an error, it has failed")]
mod tests {
    use super::*;
    use crate::transport::Topic;

    fn user() -> Name {
        "user".parse().unwrap()
    }

    fn commands(ordered: bool) -> Source {
        Queue::Commands { service: user(), ordered }.into()
    }

    fn events(group: Group, ordered: bool) -> Source {
        let topic = Topic::Event { service: user(), event: "made".parse().unwrap(), ordered };
        Subscription::new(user(), vec![topic], group).into()
    }

    fn group(name: &str) -> Group {
        Group::Named(name.parse().unwrap())
    }

    fn external_queue(name: &str) -> Source {
        Queue::External { name: name.parse().unwrap() }.into()
    }

    fn external_topic(method: &str) -> Source {
        let topic = "shop/made".parse().unwrap();
        Subscription::external(user(), method.parse().unwrap(), topic, group("mailer")).into()
    }

    /// The same without topics, which the text does not have.
    fn without_topics(mut source: Source) -> Source {
        match &mut source {
            Source::Subscription(subscription) => subscription.topics.clear(),
            Source::DeadLetters(of) => **of = without_topics(Source::clone(of)),
            Source::Queue(_) => {}
        }
        source
    }

    #[test]
    fn a_source_and_its_dead_letters_survive_being_written() {
        for (source, text) in [
            (Queue::Calls { service: user() }.into(), "user.calls"),
            (commands(false), "user.commands"),
            (commands(true), "user.commands.ordered"),
            (events(group("mailer"), false), "user.events.mailer"),
            (events(group("mailer"), true), "user.events.mailer.ordered"),
            (events(group("ordered"), false), "user.events.ordered"),
            (events(group("ordered"), true), "user.events.ordered.ordered"),
            (events(group("dead"), false), "user.events.dead"),
            (events(Group::Broadcast, false), "user.broadcast"),
            (events(Group::Broadcast, true), "user.broadcast.ordered"),
            (external_topic("made"), "user.made.mailer"),
            (external_topic("made@2"), "user.made@2.mailer"),
            (external_queue("orders"), "external:orders"),
            (external_queue("orders.dead"), "external:orders.dead"),
            (external_queue("user.commands"), "external:user.commands"),
        ] {
            assert_eq!(source.to_string(), text);
            for source in [source.clone(), Source::DeadLetters(Box::new(source))] {
                let read: Source = source.to_string().parse().unwrap();
                assert_eq!(read, without_topics(source.clone()), "{source}");
                assert_eq!(
                    (read.is_ordered(), read.is_external()),
                    (source.is_ordered(), source.is_external()),
                    "{source}"
                );
            }
        }
    }

    #[test]
    fn other_texts_are_errors_that_list_the_forms() {
        for text in [
            "",
            "user",
            "user.",
            ".commands",
            "User.commands",
            "user.events",
            "user.events.",
            "external:",
            "a.b.c.d",
            "a\u{1b}",
        ] {
            let error = text.parse::<Source>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
            assert!(!error.to_string().contains('\u{1b}'));
            assert!(error.hint().unwrap().contains("`SERVICE.events.GROUP`"), "{text}");
        }
    }
}
