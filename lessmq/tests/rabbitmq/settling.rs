//! Settling deliveries.

use std::time::Duration;

use futures_util::future::join_all;
use lessmq::ErrorKind;
use lessmq::transport::{DeadLetter, DeadLetterReason, Settlement, Source};
use tokio::time::Instant;

use crate::support::*;

#[tokio::test]
async fn a_retry_comes_back_after_the_delay_with_the_attempt_counted() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let sent = message("again");
        publish(&bus, &to, sent.clone()).await.unwrap();
        let mut not_before = Instant::now();
        for (attempt, after) in [(1, 90), (2, 1), (3, 200)] {
            let delivery = next(&mut consumer).await;
            assert!(Instant::now() >= not_before, "attempt {attempt} was early");
            assert_eq!((delivery.attempt, &delivery.envelope), (attempt, &sent));
            let after = Duration::from_millis(after);
            not_before = Instant::now() + after;
            delivery.settle(Settlement::Retry { after }).await.unwrap();
        }
        let delivery = next(&mut consumer).await;
        assert!(Instant::now() >= not_before);
        assert_eq!(delivery.attempt, 4);
        acknowledge(delivery).await;
    })
    .await;
}

/// More than the broker forwards at a time from one queue; see `transport/rabbitmq/topology.rs`.
const MANY: u32 = 40;

#[tokio::test]
async fn retries_of_a_deleted_source_are_kept_and_do_not_hold_up_others() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let (deleted, deleted_source) = scope.commands("deleted");
        let mut consumer = bus.consume(&deleted_source, prefetch(64)).await.unwrap();
        let mut deliveries = Vec::new();
        for _ in 0..MANY {
            publish(&bus, &deleted, message("orphan")).await.unwrap();
            deliveries.push(next(&mut consumer).await);
        }
        // The queue is deleted before the first of them comes back.
        let after = Duration::from_secs(4);
        let settling = deliveries.into_iter().map(|delivery| delivery.settle(Settlement::Retry { after }));
        join_all(settling).await.into_iter().for_each(|settled| settled.unwrap());
        drop(consumer);
        bus.delete(&deleted_source).await.unwrap();

        let (to, source) = scope.commands("user");
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &to, message("again")).await.unwrap();
        next(&mut consumer).await.settle(Settlement::Retry { after }).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!((delivery.attempt, text(&delivery)), (2, "again"));
        acknowledge(delivery).await;
        let channel = scope.channel().await;
        let orphans = scope.queue("retry.orphans");
        until("the orphans are kept", || async { ready(&channel, &orphans).await == MANY }).await;
    })
    .await;
}

/// Acknowledgements are combined, also where messages before them are not settled or go back to the queue.
#[tokio::test]
async fn exactly_the_acknowledged_messages_are_gone() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(100)).await.unwrap();
        let mut deliveries = Vec::new();
        for number in 0..100 {
            publish(&bus, &to, message(&format!("{number:02}"))).await.unwrap();
            deliveries.push(Some(next(&mut consumer).await));
        }
        // Each of them once, but in another order: 37 and 100 have no common divisor.
        let mut unsettled = Vec::new();
        for index in (0..100).map(|step| step * 37 % 100) {
            let delivery = deliveries[index].take().unwrap();
            match index % 10 {
                3 => unsettled.push(delivery),
                // Goes back to the queue.
                7 => drop(delivery),
                _ => acknowledge(delivery).await,
            }
        }
        drop(consumer);
        bus.close().await.unwrap();

        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(100)).await.unwrap();
        let mut left = Vec::new();
        while left.len() < 20 {
            let delivery = next(&mut consumer).await;
            left.push(text(&delivery).to_owned());
            acknowledge(delivery).await;
        }
        left.sort();
        let expected: Vec<_> = (0..100).filter(|index| [3, 7].contains(&(index % 10))).collect();
        assert_eq!(left, expected.iter().map(|index| format!("{index:02}")).collect::<Vec<_>>());
        drop(consumer);
        bus.close().await.unwrap();
        assert_eq!(ready(&scope.channel().await, &scope.queue("user.commands")).await, 0);
    })
    .await;
}

#[tokio::test]
async fn all_sources_share_the_queues_of_retries() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        for service in ["user", "posts"] {
            let (to, source) = scope.commands(service);
            let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
            publish(&bus, &to, message("x")).await.unwrap();
            let after = Duration::from_secs(3600);
            next(&mut consumer).await.settle(Settlement::Retry { after }).await.unwrap();
        }
        let channel = scope.channel().await;
        let level = scope.queue("retry.1h");
        until("both wait", || async { ready(&channel, &level).await == 2 }).await;
    })
    .await;
}

#[tokio::test]
async fn a_released_message_is_delivered_again_without_counting() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let sent = message("shutting down");
        publish(&bus, &to, sent.clone()).await.unwrap();
        for _ in 0..3 {
            let delivery = next(&mut consumer).await;
            assert_eq!((delivery.attempt, &delivery.envelope), (1, &sent));
            delivery.settle(Settlement::Release).await.unwrap();
        }
        acknowledge(next(&mut consumer).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_delivery_that_is_dropped_unsettled_is_delivered_again() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &to, message("crash")).await.unwrap();
        drop(next(&mut consumer).await);
        let delivery = next(&mut consumer).await;
        assert_eq!((text(&delivery), delivery.attempt), ("crash", 2));
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_is_retried_only_for_the_consumer_that_failed() {
    scoped(|scope| async move {
        let source = broadcast("user", "registered");
        let bus = scope.connect().await;
        let mut failing = bus.consume(&source, prefetch(8)).await.unwrap();
        let mut working = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &event("user", "registered"), message("x")).await.unwrap();
        acknowledge(next(&mut working).await).await;
        let after = Duration::from_millis(50);
        let failed = next(&mut failing).await;
        let id = failed.envelope.id.clone();
        failed.settle(Settlement::Retry { after }).await.unwrap();
        let started = Instant::now();
        let again = next(&mut failing).await;
        assert!(started.elapsed() >= after.mul_f64(0.9));
        assert_eq!((again.attempt, &again.envelope.id), (2, &id));
        again.settle(Settlement::Release).await.unwrap();
        let again = next(&mut failing).await;
        assert_eq!(again.attempt, 2);
        scope.queue("user.broadcast");
        let letter = DeadLetter { reason: DeadLetterReason::Terminal, detail: "no".into(), attempts: 2 };
        again.settle(Settlement::DeadLetter(letter)).await.unwrap();
        let mut dead_letters = bus.consume(&Source::DeadLetters(source.into()), prefetch(8)).await.unwrap();
        acknowledge(next(&mut dead_letters).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_that_waits_for_its_retry_counts_as_unsettled() {
    scoped(|scope| async move {
        let source = broadcast("user", "registered");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        for text in ["1", "2"] {
            publish(&bus, &event("user", "registered"), message(text)).await.unwrap();
        }
        // Otherwise a handler that always fails would fill the memory of this process.
        let after = Duration::from_millis(300);
        next(&mut consumer).await.settle(Settlement::Retry { after }).await.unwrap();
        let again = next(&mut consumer).await;
        assert_eq!((text(&again), again.attempt), ("1", 2));
        acknowledge(again).await;
        let other = next(&mut consumer).await;
        assert_eq!((text(&other), other.attempt), ("2", 1));
        acknowledge(other).await;
    })
    .await;
}

#[tokio::test]
async fn settling_after_the_transport_was_closed_fails() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &to, message("late")).await.unwrap();
        let delivery = next(&mut consumer).await;
        bus.close().await.unwrap();
        let error = delivery.settle(Settlement::Acknowledge).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(within("the end of the consumer", consumer.next()).await.is_none());
        // The broker has the message again.
        let bus = scope.connect().await;
        acknowledge(next(&mut bus.consume(&source, prefetch(8)).await.unwrap()).await).await;
    })
    .await;
}
