//! Consumers: prefetch, order, and their end.

use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::transport::Settlement;
use tokio::time::timeout;

use crate::log::LOG;
use crate::support::*;

#[tokio::test]
async fn no_more_than_the_prefetch_is_unsettled() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        for n in 0..5 {
            publish(&bus, &to, message(&n.to_string())).await.unwrap();
        }
        let mut consumer = bus.consume(&source, prefetch(2)).await.unwrap();
        let first = next(&mut consumer).await;
        let second = next(&mut consumer).await;
        assert!(
            timeout(Duration::from_millis(300), consumer.next()).await.is_err(),
            "a third one was delivered"
        );
        acknowledge(first).await;
        acknowledge(next(&mut consumer).await).await;
        acknowledge(second).await;
    })
    .await;
}

#[tokio::test]
async fn a_dropped_consumer_requeues_its_buffered_messages() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        for n in 0..5 {
            publish(&bus, &to, message(&n.to_string())).await.unwrap();
        }
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let handed_out = next(&mut consumer).await;
        assert_eq!(text(&handed_out), "0");
        drop(consumer);
        let mut other = bus.consume(&source, prefetch(8)).await.unwrap();
        let mut seen = Vec::new();
        for _ in 0..4 {
            let delivery = next(&mut other).await;
            assert_eq!(delivery.attempt, 1);
            seen.push(text(&delivery).to_owned());
            acknowledge(delivery).await;
        }
        seen.sort();
        assert_eq!(seen, ["1", "2", "3", "4"]);
        // What was handed out can still be settled.
        acknowledge(handed_out).await;
        bus.close().await.unwrap();
        let queue = scope.queue("user.commands");
        let channel = scope.channel().await;
        assert_eq!(ready(&channel, &queue).await, 0);
    })
    .await;
}

#[tokio::test]
async fn one_ordered_consumer_at_a_time_and_another_takes_over_where_it_stopped() {
    scoped(|scope| async move {
        let source = scope.ordered_group("user", "registered", "mailer");
        let (one, two) = (scope.connect().await, scope.connect().await);
        let mut first = one.consume(&source, prefetch(8)).await.unwrap();
        let mut second = two.consume(&source, prefetch(8)).await.unwrap();
        for n in 0..6 {
            publish(&one, &ordered_event("user", "registered"), message(&n.to_string())).await.unwrap();
        }
        let zero = next(&mut first).await;
        acknowledge(zero).await;
        let held = next(&mut first).await;
        assert_eq!(text(&held), "1");
        assert!(timeout(Duration::from_millis(200), second.next()).await.is_err(), "two are active");
        drop(first);
        assert!(timeout(Duration::from_millis(200), second.next()).await.is_err(), "took over too early");
        held.settle(Settlement::Release).await.unwrap();
        for expected in 1..6 {
            let delivery = next(&mut second).await;
            assert_eq!(text(&delivery), expected.to_string());
            acknowledge(delivery).await;
        }
    })
    .await;
}

#[tokio::test]
async fn ordered_commands_wait_for_their_first_consumer_and_then_for_the_next() {
    scoped(|scope| async move {
        let (to, source) = scope.ordered_commands("user");
        let (one, two) = (scope.connect().await, scope.connect().await);
        for n in 0..6 {
            publish(&one, &to, message(&n.to_string())).await.unwrap();
        }
        let mut first = one.consume(&source, prefetch(8)).await.unwrap();
        let mut second = two.consume(&source, prefetch(8)).await.unwrap();
        acknowledge(next(&mut first).await).await;
        let held = next(&mut first).await;
        assert_eq!(text(&held), "1");
        assert!(timeout(Duration::from_millis(200), second.next()).await.is_err(), "two are active");
        drop(first);
        assert!(timeout(Duration::from_millis(200), second.next()).await.is_err(), "took over too early");
        held.settle(Settlement::Release).await.unwrap();
        for expected in 1..4 {
            let delivery = next(&mut second).await;
            assert_eq!(text(&delivery), expected.to_string());
            acknowledge(delivery).await;
        }
        // The broker sees the same as when a process dies.
        let mut third = one.consume(&source, prefetch(8)).await.unwrap();
        two.close().await.unwrap();
        for expected in 4..6 {
            let delivery = next(&mut third).await;
            assert_eq!(text(&delivery), expected.to_string());
            acknowledge(delivery).await;
        }
    })
    .await;
}

#[tokio::test]
async fn ordered_and_unordered_commands_have_separate_queues() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let (to_ordered, ordered) = scope.ordered_commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let mut ordered_consumer = bus.consume(&ordered, prefetch(1)).await.unwrap();
        publish(&bus, &to, message("unordered")).await.unwrap();
        publish(&bus, &to_ordered, message("ordered")).await.unwrap();
        for (consumer, expected) in [(&mut consumer, "unordered"), (&mut ordered_consumer, "ordered")] {
            let delivery = next(consumer).await;
            assert_eq!(text(&delivery), expected);
            acknowledge(delivery).await;
        }
    })
    .await;
}

#[tokio::test]
async fn after_closing_every_operation_fails() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let waiting = tokio::spawn(async move { consumer.next().await.is_none() });
        bus.close().await.unwrap();
        assert!(within("the end of the consumer", waiting).await.unwrap());
        bus.close().await.unwrap();
        assert_eq!(publish(&bus, &to, message("")).await.unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(bus.consume(&source, prefetch(8)).await.unwrap_err().kind(), ErrorKind::Closed);
        let (calls, _) = scope.calls("user");
        let deadline = tokio::time::Instant::now() + PATIENCE;
        assert_eq!(call(&bus, &calls, message(""), deadline).await.unwrap_err().kind(), ErrorKind::Closed);
    })
    .await;
}

#[tokio::test]
async fn a_queue_that_is_deleted_under_its_consumer_is_declared_again_and_logged_once() {
    let log = LOG.clone();
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &to, message("1")).await.unwrap();
        acknowledge(next(&mut consumer).await).await;
        let (channel, queue) = (scope.channel().await, scope.queue("user.commands"));
        channel.queue_delete(queue.into(), Default::default()).await.unwrap();
        // Neither the publisher nor the consumer gets an error.
        publish(&bus, &to, message("2")).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(text(&delivery), "2");
        acknowledge(delivery).await;
        let logged: Vec<_> = log
            .about(&scope.queue("user.commands"))
            .into_iter()
            .filter(|line| line.contains("consumer"))
            .collect();
        assert_eq!(logged.len(), 2, "{logged:#?}");
        assert!(logged[0].contains("WARN") && logged[0].contains("reason="), "{}", logged[0]);
        assert!(logged[1].contains("INFO") && logged[1].contains("running again"), "{}", logged[1]);
    })
    .await;
}
