//! Messages that cannot be handled. Each ends in a clear error or in the dead letters, and the service continues.

use std::sync::Arc;

use lessmq::envelope::{Envelope, Fault, Outcome};
use lessmq::transport::DeadLetterReason;
use lessmq::{App, Bus, CallError, ErrorKind, Running};
use tokio::time::Instant;

use crate::shop::{Probe, ShopClient, ShopEventsClient, ShopService};
use crate::support::{TIMEOUT, calls, commands, expect_dead, next, on_each_driver, publish};

on_each_driver!(
    a_command_that_cannot_be_handled_is_a_dead_letter_at_once,
    a_call_that_cannot_be_handled_is_answered_with_the_reason,
    a_caller_with_the_contract_of_the_whole_service_is_not_of_another_version,
    a_message_without_an_id_is_handled_with_a_new_one,
    a_message_over_the_limit_is_rejected_by_its_sender,
    a_reply_over_the_limit_is_an_error_of_the_caller,
);

async fn served(bus: &Bus) -> (Running, Probe) {
    let (server, probe) = ShopService::server();
    (App::new(bus.named("shop")).serve(server).start().await.unwrap(), probe)
}

fn command(kind: &str, payload: &str, content_type: Option<&str>) -> Envelope {
    let mut envelope = Envelope::new("other", kind, payload.to_owned());
    if let Some(content_type) = content_type {
        envelope.set_attribute("datacontenttype", content_type);
    }
    envelope
}

async fn a_command_that_cannot_be_handled_is_a_dead_letter_at_once(bus: Bus) {
    let (running, mut probe) = served(&bus).await;
    for (envelope, reason, expected) in [
        (command("shop.note", "not JSON", None), DeadLetterReason::Undecodable, "not valid JSON"),
        (command("shop.note", "{}", None), DeadLetterReason::Undecodable, "line"),
        (
            command("shop.note", r#"{"line":{"secret":1}}"#, None),
            DeadLetterReason::Undecodable,
            "does not match",
        ),
        (
            command("shop.note", "a: b", Some("application/yaml")),
            DeadLetterReason::ContentType,
            "application/yaml",
        ),
        (command("shop.burn", "{}", None), DeadLetterReason::UnknownMethod, "shop.burn"),
        (command("bank.note", "{}", None), DeadLetterReason::UnknownMethod, "bank.note"),
        (command("", "{}", None), DeadLetterReason::UnknownMethod, "has no handler"),
    ] {
        let sent = envelope.clone();
        publish(&bus, commands(), envelope).await;
        let (detail, dead) = expect_dead(&bus, commands().into(), reason, 1).await;
        assert!(detail.contains(expected), "`{expected}` is missing in `{detail}`");
        assert_eq!((&dead.data, &dead.id), (&sent.data, &sent.id), "the message is unchanged");
    }
    ShopClient::new(&bus).note("still here".to_owned()).await.unwrap();
    assert_eq!(next(&mut probe.reports).await, "still here");
    running.shut_down().await.unwrap();
}

async fn a_call_that_cannot_be_handled_is_answered_with_the_reason(bus: Bus) {
    let (running, _probe) = served(&bus).await;
    for (envelope, kind) in [
        (command("shop.order", "not JSON", None), ErrorKind::Decode),
        (command("shop.order", r#"{"article":7}"#, None), ErrorKind::Decode),
        (command("shop.order", "", None), ErrorKind::Decode),
        (command("shop.burn", "{}", None), ErrorKind::UnknownMethod),
        (command("shop.order", "{}", Some("text/plain")), ErrorKind::ContentType),
    ] {
        let (to, deadline) = (calls(), Instant::now() + TIMEOUT);
        let reply = bus.transport().call(&to, Arc::new(envelope), deadline).only().await.unwrap();
        assert_eq!(reply.outcome, Outcome::Fault);
        let fault: Fault = lessmq::payload::decode(&reply.data).unwrap();
        assert_eq!(fault.kind, kind.as_str(), "{fault:?}");
    }
    assert!(ShopClient::new(&bus).order("book".to_owned(), None).await.is_ok());
    running.shut_down().await.unwrap();
}

async fn a_caller_with_the_contract_of_the_whole_service_is_not_of_another_version(bus: Bus) {
    let (server, _probe) = ShopService::server();
    let app = App::new(bus.named("shop")).serve(server).publishes::<ShopEventsClient>();
    let running = app.start().await.unwrap();
    let contract = bus.describe("shop", TIMEOUT).await.unwrap().contract;
    let mut envelope = command("shop.order", r#"{"article":7}"#, None);
    envelope.set_attribute("dataschema", &contract.id().to_string());
    let (to, deadline) = (calls(), Instant::now() + TIMEOUT);
    let reply = bus.transport().call(&to, Arc::new(envelope), deadline).only().await.unwrap();
    let fault: Fault = lessmq::payload::decode(&reply.data).unwrap();
    assert_eq!(ErrorKind::from_name(&fault.kind), Some(ErrorKind::Decode), "{}", fault.message);
    running.shut_down().await.unwrap();
}

async fn a_message_without_an_id_is_handled_with_a_new_one(bus: Bus) {
    let (running, mut probe) = served(&bus).await;
    let mut envelope = Envelope::bare(r#"{"line":"from another program"}"#);
    envelope.set_attribute("type", "shop.note");
    envelope.id = "".into();
    publish(&bus, commands(), envelope).await;
    assert_eq!(next(&mut probe.reports).await, "from another program");
    running.shut_down().await.unwrap();
}

async fn a_message_over_the_limit_is_rejected_by_its_sender(bus: Bus) {
    let (running, _probe) = served(&bus).await;
    let shop = ShopClient::new(&bus);
    let error = shop.note("x".repeat(20 << 20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("shop.note") && error.hint().is_some(), "{error:#}");
    let Err(CallError::Failed(error)) = shop.order("x".repeat(20 << 20), None).await else {
        panic!("it is rejected")
    };
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    running.shut_down().await.unwrap();
}

async fn a_reply_over_the_limit_is_an_error_of_the_caller(bus: Bus) {
    let (running, _probe) = served(&bus).await;
    let shop = ShopClient::new(&bus);
    let Err(CallError::Failed(error)) = shop.text(20 << 20).timeout(TIMEOUT).await else {
        panic!("it is rejected")
    };
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:#}");
    assert_eq!(shop.text(3).await.unwrap(), "xxx");
    running.shut_down().await.unwrap();
}

/// RabbitMQ before version 4 takes larger messages than LessMQ.
#[cfg(feature = "rabbitmq")]
#[tokio::test]
async fn a_message_over_the_limit_from_another_program_is_a_dead_letter() {
    let (bus, namespace) = crate::support::rabbitmq_in_namespace().await;
    let (running, _probe) = served(&bus).await;
    let url = std::env::var("LESSMQ_TEST_AMQP_URL").unwrap();
    let connection = lapin::Connection::connect(&url, lapin::ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(Default::default()).await.unwrap();
    let queue = format!("{namespace}.shop.commands");
    let properties = lapin::BasicProperties::default().with_type("shop.note".into());
    let payload = vec![b' '; 20 << 20];
    let publishing = channel.basic_publish("".into(), queue.into(), Default::default(), &payload, properties);
    if let Err(error) = publishing.await.unwrap().await {
        // The broker itself rejects it from RabbitMQ 4 on.
        assert!(error.to_string().contains("larger than configured max size"), "{error}");
        return running.shut_down().await.unwrap();
    }
    let (detail, _) = expect_dead(&bus, commands().into(), DeadLetterReason::TooLarge, 1).await;
    assert!(detail.contains("20971520 bytes"), "{detail}");
    running.shut_down().await.unwrap();
}

#[tokio::test]
async fn an_invalid_address_is_an_error_that_does_not_repeat_it() {
    for (url, expected) in [
        ("not an address:hunter2@", "invalid broker address"),
        ("kafka://user:hunter2@localhost", "no driver for `kafka:` addresses"),
        ("", "invalid broker address"),
        ("memory:hunter2", "cannot have anything after the colon"),
    ] {
        let error = Bus::connect(url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(expected), "{error:#}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn an_invalid_namespace_is_an_error() {
    let error = lessmq::name::Name::parse("namespace", "Team A").unwrap_err();
    assert_eq!(error.to_string(), "invalid namespace name `Team A`");
}

#[test]
fn errors_do_not_repeat_payloads() {
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
