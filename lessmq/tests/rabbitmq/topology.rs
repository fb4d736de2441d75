//! Queues that exist with other arguments, and processes that start at the same time.

use futures_util::future::join_all;
use lessmq::ErrorKind;
use lessmq::transport::Settlement;

use crate::support::*;

#[tokio::test]
async fn a_queue_with_other_arguments_is_named_and_does_not_affect_others() {
    scoped(|scope| async move {
        let queue = scope.queue("user.events.mailer");
        declare(&scope.channel().await, &queue).await;
        let source = scope.group("user", "registered", "mailer");
        let bus = scope.connect().await;
        let error = bus.consume(&source, prefetch(8)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        let shown = format!("{error:#}");
        assert!(
            shown.contains(&queue) && shown.contains("inequivalent arg") && shown.contains("hint:"),
            "{shown}"
        );
        let (to, source) = scope.commands("user");
        publish(&bus, &to, message("fine")).await.unwrap();
        acknowledge(next(&mut bus.consume(&source, prefetch(8)).await.unwrap()).await).await;
    })
    .await;
}

#[tokio::test]
async fn ordered_and_unordered_subscriptions_of_a_group_have_separate_queues() {
    scoped(|scope| async move {
        let source = scope.group("user", "registered", "mailer");
        let ordered = scope.ordered_group("user", "registered", "mailer");
        let bus = scope.connect().await;
        let mut ordered_consumer = bus.consume(&ordered, prefetch(1)).await.unwrap();
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &event("user", "registered"), message("unordered")).await.unwrap();
        publish(&bus, &ordered_event("user", "registered"), message("ordered")).await.unwrap();
        for (consumer, expected) in [(&mut consumer, "unordered"), (&mut ordered_consumer, "ordered")] {
            let delivery = next(consumer).await;
            assert_eq!(text(&delivery), expected);
            acknowledge(delivery).await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_ordered_queue_is_the_same_whether_its_sender_or_its_consumer_is_first() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        for (service, sender_first) in [("user", true), ("mailer", false)] {
            let (to, source) = scope.ordered_commands(service);
            if sender_first {
                publish(&bus, &to, message("x")).await.unwrap();
            }
            let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
            if !sender_first {
                publish(&bus, &to, message("x")).await.unwrap();
            }
            let delivery = next(&mut consumer).await;
            delivery.settle(Settlement::Retry { after: Default::default() }).await.unwrap();
            acknowledge(next(&mut consumer).await).await;
        }
    })
    .await;
}

#[tokio::test]
async fn processes_can_start_at_the_same_time() {
    scoped(|scope| async move {
        let (to, commands) = scope.commands("user");
        let group = scope.group("user", "registered", "mailer");
        let starting = (0..8).map(|_| {
            let (scope, to, commands, group) = (scope.clone(), to.clone(), commands.clone(), group.clone());
            tokio::spawn(async move {
                let bus = scope.connect().await;
                let registered = event("user", "registered");
                let (sent, published, one, two) = tokio::join!(
                    publish(&bus, &to, message("command")),
                    publish(&bus, &registered, message("event")),
                    bus.consume(&commands, prefetch(8)),
                    bus.consume(&group, prefetch(8)),
                );
                (sent.unwrap(), published.unwrap(), one.unwrap(), two.unwrap(), bus)
            })
        });
        for started in join_all(starting).await {
            drop(started.unwrap());
        }
    })
    .await;
}
