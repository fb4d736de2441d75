//! Commands and events.

use std::time::Duration;

use lessmq::envelope::Envelope;
use lessmq::transport::{DeadLetterReason, Group, Outgoing, Subscription, Topic};
use lessmq::{App, Bus, RetryPolicy, Running};

use crate::shop::{
    LedgerClient, LedgerEventsClient, LedgerEventsServer, LedgerServer, Order, Probe, ShopClient,
    ShopEventsClient, ShopService,
};
use crate::support::{TIMEOUT, commands, expect_dead, next, on_each_driver, publish, service};

on_each_driver!(
    a_command_waits_for_its_service,
    a_failed_command_is_retried_as_the_same_message,
    a_command_that_keeps_failing_goes_to_the_dead_letters,
    a_terminal_error_goes_to_the_dead_letters_at_once,
    an_event_goes_to_one_process_of_every_group,
    a_broadcast_event_goes_to_every_process,
    an_event_that_is_not_implemented_is_ignored,
    ordered_events_wait_for_the_one_that_is_retried,
    ordered_commands_wait_for_the_one_that_is_retried,
    calls_do_not_wait_behind_ordered_commands,
    a_command_has_no_deadline,
);

fn order(number: u32) -> Order {
    Order { number, note: None }
}

async fn subscribed(bus: &Bus, group: &str) -> (Running, Probe) {
    let (server, probe) = ShopService::subscriber();
    (App::new(bus.named(group)).subscribe(group, server).start().await.unwrap(), probe)
}

async fn a_command_waits_for_its_service(bus: Bus) {
    ShopClient::new(&bus).note("before".to_owned()).await.unwrap();
    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    assert_eq!(next(&mut probe.reports).await, "before");
    running.shut_down().await.unwrap();
}

async fn a_failed_command_is_retried_as_the_same_message(bus: Bus) {
    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    ShopClient::new(&bus).fail(2, false).await.unwrap();
    let first = next(&mut probe.reports).await;
    let id = first.strip_prefix("attempt 1 of ").unwrap().to_owned();
    assert_eq!(next(&mut probe.reports).await, format!("attempt 2 of {id}"));
    assert_eq!(next(&mut probe.reports).await, format!("attempt 3 of {id}"));
    running.shut_down().await.unwrap();
}

async fn a_command_that_keeps_failing_goes_to_the_dead_letters(bus: Bus) {
    let (server, _probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    ShopClient::new(&bus).fail(100, false).await.unwrap();
    let (detail, envelope) =
        expect_dead(&bus, commands().into(), DeadLetterReason::AttemptsExhausted, 3).await;
    assert_eq!(detail, "not now");
    assert_eq!(&*envelope.kind, "shop.fail");
    assert_eq!(&envelope.data[..], br#"{"times":100,"terminal":false}"#);
    running.shut_down().await.unwrap();
}

async fn a_terminal_error_goes_to_the_dead_letters_at_once(bus: Bus) {
    let (server, _probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    ShopClient::new(&bus).fail(100, true).await.unwrap();
    assert_eq!(expect_dead(&bus, commands().into(), DeadLetterReason::Terminal, 1).await.0, "no use");
    running.shut_down().await.unwrap();
}

async fn an_event_goes_to_one_process_of_every_group(bus: Bus) {
    let (mail, mut mail_probe) = subscribed(&bus, "mail").await;
    let (books_a, mut a_probe) = subscribed(&bus, "books").await;
    let (books_b, mut b_probe) = subscribed(&bus, "books").await;
    let events = ShopEventsClient::new(&bus);
    for number in 0..10 {
        events.shipped(order(number)).await.unwrap();
    }
    let mut mailed = Vec::new();
    let mut booked = Vec::new();
    for _ in 0..10 {
        mailed.push(next(&mut mail_probe.reports).await);
        booked.push(tokio::select! {
            report = next(&mut a_probe.reports) => report,
            report = next(&mut b_probe.reports) => report,
        });
    }
    let mut expected: Vec<_> = (0..10).map(|number| format!("shipped {number}, attempt 1")).collect();
    expected.sort();
    mailed.sort();
    booked.sort();
    assert_eq!((mailed, booked), (expected.clone(), expected));
    for running in [mail, books_a, books_b] {
        running.shut_down().await.unwrap();
    }
    assert!(
        a_probe.reports.try_recv().is_err() && b_probe.reports.try_recv().is_err(),
        "each went to one process"
    );
}

async fn a_broadcast_event_goes_to_every_process(bus: Bus) {
    let mut processes = Vec::new();
    for _ in 0..2 {
        let (server, probe) = ShopService::subscriber();
        processes.push((App::new(bus.clone()).broadcast(server).start().await.unwrap(), probe));
    }
    ShopEventsClient::new(&bus).shipped(order(1)).await.unwrap();
    for (running, mut probe) in processes {
        assert_eq!(next(&mut probe.reports).await, "shipped 1, attempt 1");
        running.shut_down().await.unwrap();
    }
}

async fn an_event_that_is_not_implemented_is_ignored(bus: Bus) {
    let (running, mut probe) = subscribed(&bus, "mail").await;
    let events = ShopEventsClient::new(&bus);
    events.cancelled(order(1)).await.unwrap();
    events.shipped(order(2)).await.unwrap();
    assert_eq!(next(&mut probe.reports).await, "shipped 2, attempt 1");
    running.shut_down().await.unwrap();
}

async fn ordered_events_wait_for_the_one_that_is_retried(bus: Bus) {
    let (service, mut probe) = ShopService::new();
    let server = LedgerEventsServer::new(service).retry(crate::shop::short_retry());
    let running = App::new(bus.clone()).subscribe("mail", server).start().await.unwrap();
    let events = LedgerEventsClient::new(&bus);
    events.booked(Order { number: 1, note: Some("fail once".to_owned()) }).await.unwrap();
    events.booked(order(2)).await.unwrap();
    for expected in ["shipped 1, attempt 1", "shipped 1, attempt 2", "shipped 2, attempt 1"] {
        assert_eq!(next(&mut probe.reports).await, expected);
    }
    running.shut_down().await.unwrap();
}

/// Commands are ordered as well, and the others of their service are not.
async fn ordered_commands_wait_for_the_one_that_is_retried(bus: Bus) {
    let (service, mut probe) = ShopService::new();
    let server = LedgerServer::new(service).retry(crate::shop::short_retry());
    let running = App::new(bus.named("ledger")).serve(server).start().await.unwrap();
    let ledger = LedgerClient::new(&bus);
    ledger.book(1, 1).await.unwrap();
    ledger.book(2, 0).await.unwrap();
    for expected in ["book 1, attempt 1", "book 1, attempt 2", "book 2, attempt 1"] {
        assert_eq!(next(&mut probe.reports).await, expected);
    }
    running.shut_down().await.unwrap();
}

/// A dead letter belongs to the group that gave the event up.
#[tokio::test]
async fn every_group_has_its_dead_letters() {
    let bus = Bus::memory();
    let (server, _probe) = ShopService::subscriber();
    let running = App::new(bus.clone()).subscribe("mail", server).start().await.unwrap();
    let topic = Topic::Event { service: service("shop"), event: "shipped".parse().unwrap(), ordered: false };
    let broken = Envelope::new("test", "shop.shipped", "{}");
    bus.send(Outgoing::new(topic.clone(), broken)).await.unwrap();
    let source = Subscription::new(service("shop"), vec![topic], Group::Named(service("mail")));
    expect_dead(&bus, source.into(), DeadLetterReason::Undecodable, 1).await;
    running.shut_down().await.unwrap();
}

async fn calls_do_not_wait_behind_ordered_commands(bus: Bus) {
    const DELAY: Duration = Duration::from_secs(60);
    let (service, mut probe) = ShopService::new();
    let slow = RetryPolicy { max_attempts: 2, initial_delay: DELAY, max_delay: DELAY };
    let server = LedgerServer::new(service).retry(slow);
    let running = App::new(bus.named("ledger")).serve(server).start().await.unwrap();
    let ledger = LedgerClient::new(&bus);
    ledger.book(1, 1).await.unwrap();
    assert_eq!(next(&mut probe.reports).await, "book 1, attempt 1");
    assert!(ledger.balance().timeout(TIMEOUT).await.is_ok());
    running.shut_down().await.unwrap();
}

/// What another program says of deadlines does not lose a command.
async fn a_command_has_no_deadline(bus: Bus) {
    let mut envelope = Envelope::new("other", "shop.note", r#"{"line":"old"}"#);
    envelope.set_attribute("lessmqexpiresin", "0");
    publish(&bus, commands(), envelope).await;
    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    assert_eq!(next(&mut probe.reports).await, "old");
    running.shut_down().await.unwrap();
}
