use super::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn names() -> Names {
    Names::new(&name("shop"), NameStyle::new(255))
}

/// The rules of SQS.
fn strict() -> Names {
    let allows = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let style = NameStyle { separator: '_', ordered_suffix: ".fifo", allows, ..NameStyle::new(80) };
    Names::new(&name("shop"), style)
}

fn commands(ordered: bool) -> Source {
    Queue::Commands { service: name("user"), ordered }.into()
}

fn external(queue: &str) -> Source {
    Queue::External { name: queue.parse().unwrap() }.into()
}

fn subscription(group: Group, ordered: bool) -> Source {
    let topic = Topic::Event { service: name("user"), event: "made".parse().unwrap(), ordered };
    Subscription::new(name("user"), vec![topic], group).into()
}

#[test]
fn names_begin_with_the_namespace() {
    for (source, expected) in [
        (Queue::Calls { service: name("user") }.into(), "shop.user.calls"),
        (commands(false), "shop.user.commands"),
        (commands(true), "shop.user.commands.ordered"),
        (subscription(Group::Named(name("mailer")), false), "shop.user.events.mailer"),
        (subscription(Group::Broadcast, false), "shop.user.broadcast"),
        (Source::DeadLetters(commands(false).into()), "shop.user.commands.dead"),
    ] {
        assert_eq!(names().source(&source), expected);
    }
    assert_eq!(names().namespaced("events"), "shop.events");
    assert_eq!(names().unique("replies", "7f"), "shop.replies.7f");
    let Source::Subscription(broadcast) = subscription(Group::Broadcast, true) else { unreachable!() };
    assert_eq!(names().broadcast(&broadcast, "7f"), "shop.user.broadcast.ordered.7f");
    assert_eq!(strict().broadcast(&broadcast, "7f"), "shop_user_broadcast_ordered_7f.fifo");
}

#[test]
fn an_event_does_not_have_the_name_of_a_queue() {
    let topic = Topic::Event { service: name("user"), event: "calls".parse().unwrap(), ordered: false };
    assert_eq!(names().topic(&topic), "shop.user.event.calls");
}

#[test]
fn the_version_of_a_method_is_a_part_of_the_name_that_every_broker_allows() {
    let topic = |ordered| Topic::Event { service: name("user"), event: "made@2".parse().unwrap(), ordered };
    assert_eq!(names().topic(&topic(false)), "shop.user.event.made.v2");
    assert_eq!(names().topic(&topic(true)), "shop.user.event.made.v2.ordered");
    assert_eq!(strict().topic(&topic(true)), "shop_user_event_made_v2_ordered.fifo");
    let external: Source = Subscription::external(
        name("user"),
        "made@2".parse().unwrap(),
        "theirs".parse().unwrap(),
        Group::Named(name("mailer")),
    )
    .into();
    assert_eq!(names().source(&external), "shop.user.made.v2.mailer");
    assert_eq!(strict().dead_letters(&external), "shop_user_made_v2_mailer_dead");
}

#[test]
fn an_external_queue_keeps_its_name_and_its_dead_letters_have_the_namespace() {
    assert_eq!(names().source(&external("orders.fifo")), "orders.fifo");
    assert_eq!(names().dead_letters(&external("orders")), "shop.orders.dead");
    assert_eq!(names().dead_letters(&external("shop.orders")), "shop.orders.dead");
    assert_eq!(names().dead_letters(&external("shopping.orders")), "shop.shopping.orders.dead");
    assert_eq!(names().next_to(&external("orders"), "retry.1s"), "shop.orders.retry.1s");
    let topic = Topic::External { name: "amq.topic/order".parse().unwrap() };
    assert_eq!(names().topic(&topic), "amq.topic/order");
}

#[test]
fn dead_letters_of_dead_letters_stay_in_the_same_queue() {
    let dead = Source::DeadLetters(commands(false).into());
    assert_eq!(names().dead_letters(&dead), "shop.user.commands.dead");
    assert_eq!(names().dead_letters(&external("orders.dead")), "shop.orders.dead.dead");
    let group = subscription(Group::Named(name("dead")), false);
    assert_eq!(names().dead_letters(&group), "shop.user.events.dead.dead");
}

#[test]
fn a_strict_broker_gets_its_separator_and_its_suffix() {
    assert_eq!(strict().source(&commands(true)), "shop_user_commands_ordered.fifo");
    assert_eq!(strict().dead_letters(&commands(true)), "shop_user_commands_ordered_dead");
    let group = subscription(Group::Named(name("mailer")), true);
    assert_eq!(strict().source(&group), "shop_user_events_mailer_ordered.fifo");
}

#[test]
fn different_external_names_never_become_equal() {
    let dead = |queue: &str| strict().dead_letters(&external(queue));
    assert_ne!(dead("a/b"), dead("a:b"));
    assert_ne!(dead("a.b"), dead("a_b"));
    assert_eq!(dead("a_b"), "shop_a_b_dead");
    assert!(dead("a/b").starts_with("shop_a_b-") && dead("a/b").ends_with("_dead"));
}

#[test]
fn long_names_are_shortened_before_their_suffix_and_stay_different() {
    let dead = |last: &str| names().dead_letters(&external(&format!("{}{last}", "é".repeat(200))));
    assert!(dead("a").len() <= 255 && dead("a").ends_with(".dead"));
    assert_ne!(dead("a"), dead("b"));
    let event = "e".repeat(64).parse().unwrap();
    let topic = Topic::Event { service: name("user"), event, ordered: true };
    let topic = strict().topic(&topic);
    assert!(topic.len() <= 80 && topic.ends_with("_ordered.fifo"), "{topic}");
}
