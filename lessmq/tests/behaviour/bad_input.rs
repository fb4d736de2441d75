//! What strangers and mistakes send: each ends in a clear error or among the dead letters, and the service goes on.

use lessmq::envelope::{Envelope, Outcome, attribute};
use lessmq::server::Fault;
use lessmq::transport::DeadLetterReason;
use lessmq::{App, Bus, CallError, ErrorKind, transport};
use tokio::time::Instant;

use crate::shop::{Ends, Keeper, ShopClient};
use crate::support::{PATIENCE, commands, expect_dead, next, on_both, to_calls, to_commands};

on_both!(
    commands_that_cannot_be_handled_are_dead_at_once_with_the_reason,
    calls_that_cannot_be_handled_are_answered_with_the_reason,
    a_message_without_attributes_is_handled_with_an_id_of_its_own,
    messages_over_the_limit_are_refused_where_they_are_made,
    a_reply_over_the_limit_is_told_to_the_caller,
);

async fn served(bus: &Bus) -> (lessmq::app::Running, Ends) {
    let (server, ends) = Keeper::serve();
    (App::new(bus.named("shop")).serve(server).start().await.unwrap(), ends)
}

fn command(kind: &str, payload: &str, content_type: Option<&str>) -> Envelope {
    let mut envelope = Envelope::new("stranger", kind, payload.to_owned());
    if let Some(content_type) = content_type {
        envelope.set_attribute(attribute::DATA_CONTENT_TYPE, content_type);
    }
    envelope
}

async fn commands_that_cannot_be_handled_are_dead_at_once_with_the_reason(bus: Bus) {
    let (running, mut ends) = served(&bus).await;
    for (envelope, reason, expected) in [
        (command("shop.note", "not JSON", None), DeadLetterReason::Undecodable, "not JSON"),
        (command("shop.note", "{}", None), DeadLetterReason::Undecodable, "line"),
        (command("shop.note", r#"{"line":{"secret":1}}"#, None), DeadLetterReason::Undecodable, "shape"),
        (
            command("shop.note", "a: b", Some("application/yaml")),
            DeadLetterReason::ContentType,
            "application/yaml",
        ),
        (command("shop.burn", "{}", None), DeadLetterReason::UnknownMethod, "shop.burn"),
        (command("bank.note", "{}", None), DeadLetterReason::UnknownMethod, "bank.note"),
        (command("", "{}", None), DeadLetterReason::UnknownMethod, "is not handled here"),
    ] {
        let sent = envelope.clone();
        bus.transport().publish(&to_commands(), envelope.into()).await.unwrap();
        let (detail, dead) = expect_dead(&bus, commands(), reason, 1).await;
        assert!(detail.contains(expected), "`{expected}` is missing in `{detail}`");
        assert_eq!((&dead.data, &dead.id), (&sent.data, &sent.id), "the message is kept as it was");
    }
    ShopClient::new(&bus).note("still here".to_owned()).await.unwrap();
    assert_eq!(next(&mut ends.told).await, "still here");
    running.shut_down().await.unwrap();
}

async fn calls_that_cannot_be_handled_are_answered_with_the_reason(bus: Bus) {
    let (running, _ends) = served(&bus).await;
    for (envelope, kind) in [
        (command("shop.order", "not JSON", None), ErrorKind::Decode),
        (command("shop.order", r#"{"article":7}"#, None), ErrorKind::Decode),
        (command("shop.order", "", None), ErrorKind::Decode),
        (command("shop.burn", "{}", None), ErrorKind::UnknownMethod),
        (command("shop.order", "{}", Some("text/plain")), ErrorKind::ContentType),
    ] {
        let reply =
            bus.transport().request(&to_calls(), envelope.into(), Instant::now() + PATIENCE).await.unwrap();
        assert_eq!(reply.outcome, Outcome::Fault);
        let fault: Fault = lessmq::payload::decode(&reply.data).unwrap();
        assert_eq!(fault.kind, kind.as_str(), "{fault:?}");
    }
    assert!(ShopClient::new(&bus).order("book".to_owned(), None).await.is_ok());
    running.shut_down().await.unwrap();
}

async fn a_message_without_attributes_is_handled_with_an_id_of_its_own(bus: Bus) {
    let (running, mut ends) = served(&bus).await;
    let mut envelope = Envelope::bare(r#"{"line":"from a stranger"}"#);
    envelope.set_attribute(attribute::TYPE, "shop.note");
    envelope.id = "".into();
    bus.transport().publish(&to_commands(), envelope.into()).await.unwrap();
    assert_eq!(next(&mut ends.told).await, "from a stranger");
    running.shut_down().await.unwrap();
}

async fn messages_over_the_limit_are_refused_where_they_are_made(bus: Bus) {
    let (running, _ends) = served(&bus).await;
    let shop = ShopClient::new(&bus);
    let error = shop.note("x".repeat(20 << 20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("shop.note") && error.hint().is_some(), "{error:#}");
    let Err(CallError::Failed(error)) = shop.order("x".repeat(20 << 20), None).await else {
        panic!("refused")
    };
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    running.shut_down().await.unwrap();
}

async fn a_reply_over_the_limit_is_told_to_the_caller(bus: Bus) {
    let (running, _ends) = served(&bus).await;
    let shop = ShopClient::new(&bus);
    let Err(CallError::Failed(error)) = shop.text(20 << 20).timeout(PATIENCE).await else {
        panic!("refused")
    };
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:#}");
    assert_eq!(shop.text(3).await.unwrap(), "xxx");
    running.shut_down().await.unwrap();
}

/// RabbitMQ of this age takes more than we do.
#[tokio::test]
async fn a_message_over_the_limit_from_outside_is_dead_with_the_reason() {
    let (bus, namespace) = crate::support::rabbitmq_in_namespace().await;
    let (running, _ends) = served(&bus).await;
    let url = std::env::var("LESSMQ_TEST_AMQP_URL").unwrap();
    let stranger = lapin::Connection::connect(&url, lapin::ConnectionProperties::default()).await.unwrap();
    let channel = stranger.create_channel().await.unwrap();
    channel.confirm_select(Default::default()).await.unwrap();
    let queue = format!("{namespace}.shop.commands");
    let properties = lapin::BasicProperties::default().with_type("shop.note".into());
    let payload = vec![b' '; 20 << 20];
    let publishing = channel.basic_publish("".into(), queue.into(), Default::default(), &payload, properties);
    if let Err(refused) = publishing.await.unwrap().await {
        // From RabbitMQ 4 on the broker itself takes no more than we do.
        assert!(refused.to_string().contains("larger than configured max size"), "{refused}");
        return running.shut_down().await.unwrap();
    }
    let (detail, _) = expect_dead(&bus, commands(), DeadLetterReason::TooLarge, 1).await;
    assert!(detail.contains("20971520 bytes"), "{detail}");
    running.shut_down().await.unwrap();
}

#[tokio::test]
async fn addresses_that_are_none_are_refused_without_repeating_them() {
    for (url, expected) in [
        ("not an address:hunter2@", "is not a URL"),
        ("kafka://user:hunter2@localhost", "no driver for `kafka:` addresses"),
        ("", "is not a URL"),
        ("memory:hunter2", "has nothing after the colon"),
    ] {
        let error = Bus::connect(url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(expected), "{error:#}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn a_namespace_that_is_none_is_refused() {
    let mut options = transport::ConnectOptions::default();
    options.namespace = "Team A".to_owned();
    let error = transport::connect("memory:", options).await.unwrap_err();
    assert!(error.to_string().contains("`Team A`"), "{error:#}");
}

#[test]
fn what_a_payload_holds_is_not_repeated_in_errors() {
    #[derive(Debug, serde::Deserialize)]
    enum Colour {
        Red,
    }
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code, reason = "it is only read")]
    struct Account {
        age: u8,
        colour: Colour,
    }
    let _ = Colour::Red;
    for payload in
        [r#"{"age":"hunter2"}"#, r#"{"age":1,"colour":"hunter2"}"#, r#"{"age":1,"hunter2":"#, "hunter2"]
    {
        let error = lessmq::payload::decode::<Account>(payload.as_bytes()).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        assert!(format!("{error:#}").contains("line 1"), "{error:#}");
    }
}
