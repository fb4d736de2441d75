//! The names of queues and exchanges.

use sha2::{Digest, Sha256};

use crate::transport::{Group, Source};

/// AMQP's limit for a name is 255 bytes; what is added to a queue's name (`.retry.15min`, `.dead`) fits in the rest.
const MAX_QUEUE_NAME: usize = 200;

/// Makes names inside one namespace.
#[derive(Debug)]
pub(super) struct Names {
    namespace: String,
}

impl Names {
    pub(super) fn new(namespace: &str) -> Self {
        Self { namespace: namespace.to_owned() }
    }

    pub(super) fn calls(&self, service: &str) -> String {
        format!("{}.{service}.calls", self.namespace)
    }

    pub(super) fn commands(&self, service: &str) -> String {
        format!("{}.{service}.commands", self.namespace)
    }

    /// The exchange of all events.
    pub(super) fn events(&self) -> String {
        format!("{}.events", self.namespace)
    }

    fn group(&self, service: &str, group: &str) -> String {
        format!("{}.{service}.events.{group}", self.namespace)
    }

    /// A name of our own that nobody else has: for queues that live as long as a connection.
    pub(super) fn unique(&self, what: &str) -> String {
        format!("{}.{what}.{}", self.namespace, uuid::Uuid::now_v7().simple())
    }

    /// The queue that `source` is consumed from. For a broadcast, whose queues are [unique](Names::unique), the
    /// name that they have in common.
    pub(super) fn queue(&self, source: &Source) -> String {
        match source {
            Source::Calls { service } => self.calls(service),
            Source::Commands { service } => self.commands(service),
            Source::Events { service, group: Group::Named(group), .. } => self.group(service, group),
            Source::Events { service, group: Group::Broadcast, .. } => {
                format!("{}.{service}.broadcast", self.namespace)
            }
            Source::Existing { queue, bind: None } => queue.to_string(),
            Source::Existing { queue, bind: Some(_) } => self.own(queue),
            Source::DeadLetters(_) => self.dead_letters(source),
        }
    }

    /// The dead letters of `source`. They have no dead letters of their own: what dies there again stays there.
    ///
    /// That goes by the source: a queue that is not ours, or a group, may be named `dead` as well.
    pub(super) fn dead_letters(&self, source: &Source) -> String {
        match source {
            Source::DeadLetters(source) => self.dead_letters(source),
            _ => self.dead(&self.queue(source)),
        }
    }

    /// Where the dead letters of `queue` go.
    pub(super) fn dead(&self, queue: &str) -> String {
        format!("{}.dead", self.own(queue))
    }

    /// Whose turn it is to consume `queue`.
    pub(super) fn turn(&self, queue: &str) -> String {
        format!("{}.turn", self.own(queue))
    }

    /// Where messages for `queue` wait for another attempt.
    pub(super) fn retry(&self, queue: &str, level: &str) -> String {
        format!("{}.retry.{level}", self.own(queue))
    }

    /// `queue`, inside our namespace: what we create beside a queue that is not ours must carry our prefix.
    fn own(&self, queue: &str) -> String {
        let inside = queue.strip_prefix(&self.namespace).is_some_and(|rest| rest.starts_with('.'));
        shorten(if inside { queue.to_owned() } else { format!("{}.{queue}", self.namespace) })
    }
}

/// Long names end in a hash of what was cut off.
fn shorten(name: String) -> String {
    if name.len() <= MAX_QUEUE_NAME {
        return name;
    }
    let digest = Sha256::digest(name.as_bytes());
    let hash = digest.iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let kept = name.floor_char_boundary(MAX_QUEUE_NAME - hash.len() - 1);
    format!("{}-{hash}", &name[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &Source, expected: &str) {
        assert_eq!(Names::new("shop").queue(source), expected);
    }

    #[test]
    fn queues_are_named_after_their_source() {
        let service = "user".into();
        check(&Source::Calls { service }, "shop.user.calls");
        let commands = Source::Commands { service: "user".into() };
        check(&commands, "shop.user.commands");
        check(&Source::DeadLetters(commands.into()), "shop.user.commands.dead");
        let group = Group::Named("mailer".into());
        check(&Source::Events { service: "user".into(), events: vec![], group }, "shop.user.events.mailer");
        check(&Source::Existing { queue: "orders".into(), bind: None }, "orders");
        check(&Source::Existing { queue: "o".into(), bind: Some(("e".into(), "k".into())) }, "shop.o");
    }

    #[test]
    fn what_stands_beside_a_foreign_queue_is_in_our_namespace() {
        let names = Names::new("shop");
        assert_eq!(names.dead("orders"), "shop.orders.dead");
        assert_eq!(names.retry("orders", "1s"), "shop.orders.retry.1s");
        assert_eq!(names.retry("shop.user.commands", "1s"), "shop.user.commands.retry.1s");
        assert_eq!(names.dead("shopping.orders"), "shop.shopping.orders.dead");
    }

    #[test]
    fn dead_letters_die_where_they_lie() {
        let dead = Source::DeadLetters(Source::Commands { service: "user".into() }.into());
        check(&dead, "shop.user.commands.dead");
        assert_eq!(Names::new("shop").dead_letters(&dead), "shop.user.commands.dead");
        check(&Source::DeadLetters(dead.into()), "shop.user.commands.dead");
    }

    #[test]
    fn what_is_named_dead_has_dead_letters() {
        let names = Names::new("shop");
        let theirs = Source::Existing { queue: "orders.dead".into(), bind: None };
        assert_eq!(names.dead_letters(&theirs), "shop.orders.dead.dead");
        let group = Group::Named("dead".into());
        let ours = Source::Events { service: "user".into(), events: vec![], group };
        assert_eq!(names.dead_letters(&ours), "shop.user.events.dead.dead");
    }

    #[test]
    fn long_names_stay_short_and_apart() {
        let names = Names::new("shop");
        let long = |last: &str| names.dead(&format!("{}{last}", "é".repeat(120)));
        assert!(long("a").len() <= 255);
        assert_ne!(long("a"), long("b"));
    }
}
