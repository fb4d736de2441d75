//! Queues that exist already with other arguments, and processes that start at once.

use futures_util::future::join_all;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lessmq::ErrorKind;
use lessmq::transport::Settlement;

use crate::support::*;

#[tokio::test]
async fn a_queue_with_other_arguments_is_named_and_harms_nobody() {
    scoped(|scope| async move {
        let queue = scope.queue("user.events.mailer");
        let durable = QueueDeclareOptions { durable: true, ..Default::default() };
        let channel = scope.channel().await;
        channel.queue_declare(queue.as_str().into(), durable, FieldTable::default()).await.unwrap();
        let source = scope.group("user", "registered", "mailer");
        let bus = scope.connect().await;
        let error = bus.consume(&source, PLAIN).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        let shown = format!("{error:#}");
        assert!(
            shown.contains(&queue) && shown.contains("inequivalent arg") && shown.contains("hint:"),
            "{shown}"
        );
        let (to, source) = scope.commands("user");
        bus.publish(&to, message("fine")).await.unwrap();
        acknowledge(next(&mut bus.consume(&source, PLAIN).await.unwrap()).await).await;
    })
    .await;
}

#[tokio::test]
async fn ordered_and_unordered_consumers_of_one_queue_are_told_apart() {
    scoped(|scope| async move {
        let source = scope.group("user", "registered", "mailer");
        let bus = scope.connect().await;
        let _ordered = bus.consume(&source, ORDERED).await.unwrap();
        let error = bus.consume(&source, PLAIN).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        let shown = format!("{error:#}");
        assert!(
            shown.contains("x-single-active-consumer") && shown.contains("user.events.mailer"),
            "{shown}"
        );
    })
    .await;
}

#[tokio::test]
async fn commands_can_be_sent_to_an_ordered_consumer() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let (here, there) = (scope.connect().await, scope.connect().await);
        let mut consumer = here.consume(&source, ORDERED).await.unwrap();
        there.publish(&to, message("x")).await.unwrap();
        let delivery = next(&mut consumer).await;
        delivery.settle(Settlement::Retry { after: Default::default() }).await.unwrap();
        acknowledge(next(&mut consumer).await).await;
    })
    .await;
}

#[tokio::test]
async fn processes_that_start_at_once_do_not_meet() {
    scoped(|scope| async move {
        let (to, commands) = scope.commands("user");
        let group = scope.group("user", "registered", "mailer");
        let starting = (0..8).map(|_| {
            let (scope, to, commands, group) = (scope.clone(), to.clone(), commands.clone(), group.clone());
            tokio::spawn(async move {
                let bus = scope.connect().await;
                let registered = event("user", "registered");
                let (sent, published, one, two) = tokio::join!(
                    bus.publish(&to, message("command")),
                    bus.publish(&registered, message("event")),
                    bus.consume(&commands, PLAIN),
                    bus.consume(&group, PLAIN),
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
