//! Consumers: prefetch, order, and their end.

use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::transport::{ConsumeOptions, Settlement};
use tokio::time::timeout;

use crate::support::*;

#[tokio::test]
async fn no_more_than_the_prefetch_is_out_unsettled() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        for n in 0..5 {
            bus.publish(&to, message(&n.to_string())).await.unwrap();
        }
        let two = ConsumeOptions { prefetch: 2, ordered: false };
        let mut consumer = bus.consume(&source, two).await.unwrap();
        let first = next(&mut consumer).await;
        let second = next(&mut consumer).await;
        assert!(timeout(Duration::from_millis(300), consumer.next()).await.is_err(), "a third one came");
        acknowledge(first).await;
        acknowledge(next(&mut consumer).await).await;
        acknowledge(second).await;
    })
    .await;
}

#[tokio::test]
async fn a_dropped_consumer_gives_back_what_it_did_not_hand_out() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        for n in 0..5 {
            bus.publish(&to, message(&n.to_string())).await.unwrap();
        }
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        let handed_out = next(&mut consumer).await;
        assert_eq!(text(&handed_out), "0");
        drop(consumer);
        let mut other = bus.consume(&source, PLAIN).await.unwrap();
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
        let source = scope.group("user", "registered", "mailer");
        let (one, two) = (scope.connect().await, scope.connect().await);
        let mut first = one.consume(&source, ORDERED).await.unwrap();
        let mut second = two.consume(&source, ORDERED).await.unwrap();
        for n in 0..6 {
            one.publish(&event("user", "registered"), message(&n.to_string())).await.unwrap();
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
        let (to, source) = scope.commands("user");
        let (one, two) = (scope.connect().await, scope.connect().await);
        for n in 0..6 {
            one.publish(&to, message(&n.to_string())).await.unwrap();
        }
        let mut first = one.consume(&source, ORDERED).await.unwrap();
        let mut second = two.consume(&source, ORDERED).await.unwrap();
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
        // As good as a process that dies.
        let mut third = one.consume(&source, ORDERED).await.unwrap();
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
async fn ordered_and_unordered_consumers_of_commands_are_told_apart() {
    scoped(|scope| async move {
        let (_, source) = scope.commands("user");
        let bus = scope.connect().await;
        for (here, there) in [(ORDERED, PLAIN), (PLAIN, ORDERED)] {
            let running = bus.consume(&source, here).await.unwrap();
            let error = bus.consume(&source, there).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Topology);
            assert!(error.to_string().contains("user.commands"), "{error}");
            if here == ORDERED {
                drop(running);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn after_closing_everything_is_refused() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        let waiting = tokio::spawn(async move { consumer.next().await.is_none() });
        bus.close().await.unwrap();
        assert!(within("the consumer ends", waiting).await.unwrap());
        bus.close().await.unwrap();
        assert_eq!(bus.publish(&to, message("")).await.unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(bus.consume(&source, PLAIN).await.unwrap_err().kind(), ErrorKind::Closed);
        let (calls, _) = scope.calls("user");
        let deadline = tokio::time::Instant::now() + PATIENCE;
        assert_eq!(bus.request(&calls, message(""), deadline).await.unwrap_err().kind(), ErrorKind::Closed);
    })
    .await;
}

#[tokio::test]
async fn a_queue_that_is_deleted_under_its_consumer_is_made_again_and_told_of_once() {
    let log = LOG.clone();
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        bus.publish(&to, message("1")).await.unwrap();
        acknowledge(next(&mut consumer).await).await;
        let (channel, queue) = (scope.channel().await, scope.queue("user.commands"));
        channel.queue_delete(queue.into(), Default::default()).await.unwrap();
        // Neither this publisher nor the consumer is told.
        bus.publish(&to, message("2")).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(text(&delivery), "2");
        acknowledge(delivery).await;
        let told: Vec<_> = log
            .about(&scope.queue("user.commands"))
            .into_iter()
            .filter(|line| line.contains("consumer"))
            .collect();
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(told[0].contains("WARN") && told[0].contains("reason="), "{}", told[0]);
        assert!(told[1].contains("INFO") && told[1].contains("back"), "{}", told[1]);
    })
    .await;
}
