use lessmq::transport::{DeadLetterReason, Group, Source};
use lessmq::{App, Bus};

use crate::shop::{Ends, Keeper, Order, ShopClient, ShopEventsClient};
use crate::support::{PATIENCE, commands, expect_dead, next, on_both};

on_both!(
    a_command_waits_for_its_service,
    a_failed_command_is_tried_again_as_the_same_message,
    a_command_that_keeps_failing_goes_to_the_dead_letters,
    a_terminal_error_goes_to_the_dead_letters_at_once,
    every_group_gets_an_event_and_one_process_of_each,
    every_process_gets_a_broadcast_event,
    an_event_that_is_not_implemented_is_ignored,
    events_in_order_wait_for_the_one_that_is_tried_again,
    calls_do_not_wait_behind_commands_in_order,
    a_command_has_no_deadline,
);

fn order(number: u32) -> Order {
    Order { number, note: None }
}

async fn subscribed(bus: &Bus, group: &str) -> (lessmq::app::Running, Ends) {
    let (server, ends) = Keeper::subscribe();
    (App::new(bus.named(group)).subscribe(group, server).start().await.unwrap(), ends)
}

async fn a_command_waits_for_its_service(bus: Bus) {
    ShopClient::new(&bus).note("before".to_owned()).await.unwrap();
    let (server, mut ends) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    assert_eq!(next(&mut ends.told).await, "before");
    running.shut_down().await.unwrap();
}

async fn a_failed_command_is_tried_again_as_the_same_message(bus: Bus) {
    let (server, mut ends) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    ShopClient::new(&bus).fail(2, false).await.unwrap();
    let first = next(&mut ends.told).await;
    let id = first.strip_prefix("attempt 1 of ").unwrap().to_owned();
    assert_eq!(next(&mut ends.told).await, format!("attempt 2 of {id}"));
    assert_eq!(next(&mut ends.told).await, format!("attempt 3 of {id}"));
    running.shut_down().await.unwrap();
}

async fn a_command_that_keeps_failing_goes_to_the_dead_letters(bus: Bus) {
    let (server, _ends) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    ShopClient::new(&bus).fail(100, false).await.unwrap();
    let (detail, envelope) = expect_dead(&bus, commands(), DeadLetterReason::AttemptsExhausted, 3).await;
    assert_eq!(detail, "not now");
    assert_eq!(&*envelope.kind, "shop.fail");
    assert_eq!(&envelope.data[..], br#"{"times":100,"terminal":false}"#);
    running.shut_down().await.unwrap();
}

async fn a_terminal_error_goes_to_the_dead_letters_at_once(bus: Bus) {
    let (server, _ends) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    ShopClient::new(&bus).fail(100, true).await.unwrap();
    assert_eq!(expect_dead(&bus, commands(), DeadLetterReason::Terminal, 1).await.0, "no use");
    running.shut_down().await.unwrap();
}

async fn every_group_gets_an_event_and_one_process_of_each(bus: Bus) {
    let (mail, mut mail_ends) = subscribed(&bus, "mail").await;
    let (books_a, mut a_ends) = subscribed(&bus, "books").await;
    let (books_b, mut b_ends) = subscribed(&bus, "books").await;
    let events = ShopEventsClient::new(&bus);
    for number in 0..10 {
        events.shipped(order(number)).await.unwrap();
    }
    let mut mailed = Vec::new();
    let mut booked = Vec::new();
    for _ in 0..10 {
        mailed.push(next(&mut mail_ends.told).await);
        booked.push(tokio::select! {
            told = next(&mut a_ends.told) => told,
            told = next(&mut b_ends.told) => told,
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
    assert!(a_ends.told.try_recv().is_err() && b_ends.told.try_recv().is_err(), "each went to one process");
}

async fn every_process_gets_a_broadcast_event(bus: Bus) {
    let mut processes = Vec::new();
    for _ in 0..2 {
        let (server, ends) = Keeper::subscribe();
        processes.push((App::new(bus.clone()).broadcast(server).start().await.unwrap(), ends));
    }
    ShopEventsClient::new(&bus).shipped(order(1)).await.unwrap();
    for (running, mut ends) in processes {
        assert_eq!(next(&mut ends.told).await, "shipped 1, attempt 1");
        running.shut_down().await.unwrap();
    }
}

async fn an_event_that_is_not_implemented_is_ignored(bus: Bus) {
    let (running, mut ends) = subscribed(&bus, "mail").await;
    let events = ShopEventsClient::new(&bus);
    events.cancelled(order(1)).await.unwrap();
    events.shipped(order(2)).await.unwrap();
    assert_eq!(next(&mut ends.told).await, "shipped 2, attempt 1");
    running.shut_down().await.unwrap();
}

async fn events_in_order_wait_for_the_one_that_is_tried_again(bus: Bus) {
    let (server, mut ends) = Keeper::subscribe();
    let running = App::new(bus.clone()).subscribe("mail", server.ordered()).start().await.unwrap();
    let events = ShopEventsClient::new(&bus);
    events.shipped(Order { number: 1, note: Some("fail once".to_owned()) }).await.unwrap();
    events.shipped(order(2)).await.unwrap();
    for expected in ["shipped 1, attempt 1", "shipped 1, attempt 2", "shipped 2, attempt 1"] {
        assert_eq!(next(&mut ends.told).await, expected);
    }
    running.shut_down().await.unwrap();
}

/// A dead letter belongs to the group that gave the event up.
#[tokio::test]
async fn dead_letters_of_events_are_kept_by_group() {
    let bus = Bus::memory();
    let (server, _ends) = Keeper::subscribe();
    let running = App::new(bus.clone()).subscribe("mail", server).start().await.unwrap();
    let address = lessmq::transport::Address::Event { service: "shop".into(), event: "shipped".into() };
    let broken = lessmq::envelope::Envelope::new("test", "shop.shipped", "{}");
    bus.transport().publish(&address, broken.into()).await.unwrap();
    let source =
        Source::Events { service: "shop".into(), events: vec![], group: Group::Named("mail".into()) };
    expect_dead(&bus, source, DeadLetterReason::Undecodable, 1).await;
    running.shut_down().await.unwrap();
}

async fn calls_do_not_wait_behind_commands_in_order(bus: Bus) {
    let (server, mut ends) = Keeper::serve();
    let slow = lessmq::RetryPolicy { attempts: 2, first: PATIENCE * 3, longest: PATIENCE * 3 };
    let running = App::new(bus.named("shop")).serve(server.ordered().retry(slow)).start().await.unwrap();
    let shop = ShopClient::new(&bus);
    shop.fail(1, false).await.unwrap();
    assert!(next(&mut ends.told).await.starts_with("attempt 1"));
    assert!(shop.order("book".to_owned(), None).timeout(PATIENCE).await.is_ok());
    running.shut_down().await.unwrap();
}

/// What a stranger says of deadlines does not lose a command.
async fn a_command_has_no_deadline(bus: Bus) {
    let mut envelope = lessmq::envelope::Envelope::new("stranger", "shop.note", r#"{"line":"old"}"#);
    envelope.set_attribute("lessmqexpiresin", "0");
    bus.transport().publish(&crate::support::to_commands(), envelope.into()).await.unwrap();
    let (server, mut ends) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    assert_eq!(next(&mut ends.told).await, "old");
    running.shut_down().await.unwrap();
}
