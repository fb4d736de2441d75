//! Settling: nothing is lost, attempts are right, and no lease outlives its message.

use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use lessmq::transport::{DeadLetter, DeadLetterReason, Outgoing, Settlement, Source, Transport};
use tokio::time::{Instant, sleep};

use super::harness::*;

fn letter() -> DeadLetter {
    DeadLetter { reason: DeadLetterReason::Terminal, detail: "no".to_owned(), attempts: 1 }
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_take_longer_than_a_lease() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    let (mut consumer, mut other) = (consume(&bus, commands(), 1).await, consume(&bus, commands(), 1).await);
    let delivery = tokio::select! { one = next(&mut consumer) => one, two = next(&mut other) => two };
    tokio::join!(nothing_for(&mut consumer, LEASE * 10), nothing_for(&mut other, LEASE * 10));
    acknowledge(delivery).await.unwrap();
    assert_eq!(broker.count(COMMANDS), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn leases_are_extended_in_batches() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), 0..10).await;
    let mut consumer = consume(&bus, commands(), 10).await;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(next(&mut consumer).await);
    }
    sleep(LEASE * 4).await;
    assert!(broker.requests(Operation::Extend) <= 8, "{}", broker.requests(Operation::Extend));
    for delivery in held {
        acknowledge(delivery).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_settled_message_has_no_lease_that_is_extended() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let mut consumer = consume(&bus, commands(), 10).await;
    publish(&bus, &commands(), 0..4).await;
    acknowledge(next(&mut consumer).await).await.unwrap();
    next(&mut consumer).await.settle(Settlement::Retry { after: LEASE * 20 }).await.unwrap();
    next(&mut consumer).await.settle(Settlement::DeadLetter(letter())).await.unwrap();
    acknowledge(next(&mut consumer).await).await.unwrap();
    let before = broker.requests(Operation::Extend);
    sleep(LEASE * 10).await;
    assert_eq!(broker.requests(Operation::Extend), before);
    assert_eq!(broker.count(COMMANDS), (1, 1), "the retry waits");
}

#[tokio::test(start_paused = true)]
async fn settlements_at_the_same_time_are_few_requests() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), 0..40).await;
    let mut consumer = consume(&bus, commands(), 40).await;
    let mut held = Vec::new();
    for _ in 0..40 {
        held.push(next(&mut consumer).await);
    }
    futures_util::future::join_all(held.into_iter().map(acknowledge)).await;
    assert_eq!(broker.requests(Operation::Delete), 4);
    assert_eq!(broker.count(COMMANDS), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_fails_the_settlement_and_the_message_comes_again() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    let mut consumer = consume(&bus, commands(), 2).await;
    let delivery = next(&mut consumer).await;
    broker.script_always(Operation::Extend, Fault::Throttle);
    sleep(LEASE).await;
    broker.clear();
    let error = acknowledge(delivery).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("lease"), "{error}");
    let again = next(&mut consumer).await;
    assert_eq!((number(&again), again.attempt), (1, 2));
    acknowledge(again).await.unwrap();
    assert_eq!(broker.count(COMMANDS), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_the_broker_ended_early_is_noticed() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    broker.script(Operation::Receive, [Fault::ShortLease(Duration::from_secs(5))]);
    let mut consumer = consume(&bus, commands(), 2).await;
    let (first, again) = (next(&mut consumer).await, next(&mut consumer).await);
    assert_eq!((first.attempt, again.attempt), (1, 2));
    // The broker says at the next extension that it is lost.
    sleep(LEASE).await;
    assert!(acknowledge(first).await.is_err());
    acknowledge(again).await.unwrap();
    assert_eq!(broker.count(COMMANDS), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_did_nothing_delivers_the_message_again() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    broker.script(Operation::Delete, [Fault::Pretend]);
    let mut consumer = consume(&bus, commands(), 1).await;
    acknowledge(next(&mut consumer).await).await.unwrap();
    let again = next(&mut consumer).await;
    assert_eq!(again.attempt, 2);
    acknowledge(again).await.unwrap();
    nothing_for(&mut consumer, LEASE * 2).await;
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_fails_is_repeated() {
    for fault in [Fault::Throttle, Fault::LoseAnswer, Fault::Part(vec![0])] {
        let broker = Scripted::new();
        let bus = connect(&broker);
        publish(&bus, &commands(), [1]).await;
        broker.script(Operation::Delete, [fault.clone(), fault]);
        let mut consumer = consume(&bus, commands(), 1).await;
        acknowledge(next(&mut consumer).await).await.unwrap();
        nothing_for(&mut consumer, LEASE * 2).await;
        assert_eq!(broker.count(COMMANDS), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_fails_for_long_is_an_error_and_the_message_comes_again() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    let mut consumer = consume(&bus, commands(), 1).await;
    broker.script_always(Operation::Delete, Fault::Throttle);
    assert_eq!(acknowledge(next(&mut consumer).await).await.unwrap_err().kind(), ErrorKind::Connection);
    broker.clear();
    let again = next(&mut consumer).await;
    assert_eq!(again.attempt, 2);
    acknowledge(again).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_duplicated_or_reordered_are_all_settled() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), 0..10).await;
    broker.script(Operation::Receive, [Fault::Duplicate, Fault::Reorder]);
    let mut consumer = consume(&bus, commands(), 30).await;
    let mut deliveries = Vec::new();
    for _ in 0..20 {
        let delivery = next(&mut consumer).await;
        deliveries.push((number(&delivery), delivery.attempt));
        // Of two deliveries of one message, the first has an old receipt.
        let _ = acknowledge(delivery).await;
    }
    deliveries.sort_unstable();
    let expected: Vec<_> = (0..10).flat_map(|number| [(number, 1), (number, 2)]).collect();
    assert_eq!(deliveries, expected);
    nothing_for(&mut consumer, LEASE * 2).await;
    assert_eq!(broker.count(COMMANDS), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_not_overtaken_by_an_extension() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    let mut consumer = consume(&bus, commands(), 1).await;
    let delivery = next(&mut consumer).await;
    // An extension is under way when the retry is asked for.
    broker.script(Operation::Extend, [Fault::Slow(Duration::from_secs(3))]);
    sleep(LEASE / 2 + Duration::from_secs(1)).await;
    assert_eq!(broker.requests(Operation::Extend), 1);
    let after = LEASE * 3;
    delivery.settle(Settlement::Retry { after }).await.unwrap();
    let asked_at = Instant::now();
    let again = next(&mut consumer).await;
    assert!(asked_at.elapsed() >= after - Duration::from_millis(1), "{:?}", asked_at.elapsed());
    assert_eq!(again.attempt, 2);
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_stored_before_it_is_removed() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    let mut consumer = consume(&bus, commands(), 1).await;
    broker.script_always(Operation::Send, Fault::Throttle);
    let error = next(&mut consumer).await.settle(Settlement::DeadLetter(letter())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!((broker.count(COMMANDS).0, broker.count(DEAD).0), (1, 0));
    broker.clear();
    next(&mut consumer).await.settle(Settlement::DeadLetter(letter())).await.unwrap();
    assert_eq!((broker.count(COMMANDS).0, broker.count(DEAD).0), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_says_why_and_where() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    next(&mut consume(&bus, commands(), 1).await)
        .await
        .settle(Settlement::DeadLetter(letter()))
        .await
        .unwrap();
    let source = Source::DeadLetters(Box::new(commands().into()));
    let dead = next(&mut consume(&bus, source, 1).await).await;
    assert_eq!((number(&dead), dead.dead_letter.as_ref()), (1, Some(&letter())));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_dropped_comes_again_at_once() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    let mut consumer = consume(&bus, commands(), 1).await;
    drop(next(&mut consumer).await);
    let started = Instant::now();
    assert_eq!(next(&mut consumer).await.attempt, 2);
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_slow_settlement_does_not_hold_up_the_next_delivery() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), 0..2).await;
    let mut consumer = consume(&bus, commands(), 2).await;
    broker.script(Operation::Delete, [Fault::Slow(Duration::from_secs(20))]);
    let settling = tokio::spawn(acknowledge(next(&mut consumer).await));
    let started = Instant::now();
    next(&mut consumer).await;
    assert!(started.elapsed() < Duration::from_secs(1));
    settling.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_settlement_is_dropped_is_delivered_again() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    let mut consumer = consume(&bus, commands(), 1).await;
    let settling = next(&mut consumer).await.settle(Settlement::Retry { after: LEASE * 100 });
    drop(settling);
    assert_eq!(next(&mut consumer).await.attempt, 2);
}

#[tokio::test(start_paused = true)]
async fn closing_releases_delivered_and_buffered_messages() {
    let broker = Scripted::new();
    let (bus, other) = (connect(&broker), connect(&broker));
    publish(&bus, &commands(), 0..5).await;
    let mut consumer = consume(&bus, commands(), 5).await;
    let held = next(&mut consumer).await;
    bus.close().await.unwrap();
    assert_eq!(broker.count(COMMANDS), (5, 0), "no lease is left");
    assert!(acknowledge(held).await.is_err());
    assert!(consumer.next().await.is_none());
    let mut numbers = acknowledge_many(&mut consume(&other, commands(), 5).await, 5).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_redriven_message_has_no_marks_and_keeps_its_partition_key() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let queue = ordered_commands();
    bus.publish_one(Outgoing::new(queue.clone(), keyed(1, "a"))).await.unwrap();
    let mut consumer = consume(&bus, queue.clone(), 1).await;
    next(&mut consumer).await.settle(Settlement::DeadLetter(letter())).await.unwrap();
    let mut letters = consume(&bus, Source::DeadLetters(Box::new(queue.into())), 1).await;
    next(&mut letters).await.settle(Settlement::Redrive).await.unwrap();
    let redriven = next(&mut consumer).await;
    assert_eq!((number(&redriven), redriven.attempt), (1, 1));
    assert_eq!(redriven.envelope.partition_key.as_deref(), Some("a"));
    assert!(redriven.envelope.extensions.is_empty() && redriven.dead_letter.is_none());
    acknowledge(redriven).await.unwrap();
    nothing_for(&mut letters, LEASE * 2).await;
}
