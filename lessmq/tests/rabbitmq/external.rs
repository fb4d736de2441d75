//! External queues and topics.

use std::sync::Arc;
use std::time::Duration;

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lessmq::ErrorKind;
use lessmq::transport::{
    DeadLetter, DeadLetterReason, Destination, Group, Settlement, Source, Subscription, Topic,
};

use crate::support::*;

fn queue_destination(name: &str) -> Destination {
    external_queue(name).into()
}

fn queue_source(name: &str) -> Source {
    external_queue(name).into()
}

fn topic_destination(name: &str) -> Destination {
    Topic::External { name: name.parse().unwrap() }.into()
}

/// The subscription of group `mailer` to an external topic.
fn topic_source(name: &str) -> Source {
    let (service, method) = ("orders".parse().unwrap(), "order_created".parse().unwrap());
    let group = Group::Named("mailer".parse().unwrap());
    Subscription::external(service, method, name.parse().unwrap(), group).into()
}

#[tokio::test]
async fn a_message_to_an_external_topic_is_plain() {
    scoped(|scope| async move {
        let (exchange, queue) = (scope.queue("theirs"), scope.queue("orders"));
        let channel = scope.channel().await;
        declare(&channel, &queue).await;
        let passing = FieldTable::default();
        let options = ExchangeDeclareOptions { auto_delete: true, ..Default::default() };
        let direct = ExchangeKind::Direct;
        channel.exchange_declare(exchange.as_str().into(), direct, options, passing.clone()).await.unwrap();
        let (from, to) = (exchange.as_str().into(), queue.as_str().into());
        channel.queue_bind(to, from, "new".into(), Default::default(), passing).await.unwrap();

        let bus = scope.connect().await;
        let mut sent = message(r#"{"order":1}"#);
        Arc::make_mut(&mut sent).trace_parent =
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok();
        publish(&bus, &topic_destination(&format!("{exchange}/new")), sent.clone()).await.unwrap();
        let got = take(&channel, &queue).await;
        let properties = &got.properties;
        assert_eq!(got.data, sent.data);
        let shown = |text: &Option<lapin::types::ShortString>| text.as_ref().map(ToString::to_string);
        assert_eq!(shown(properties.message_id()), Some(sent.id.to_string()));
        assert_eq!(shown(properties.kind()).as_deref(), Some("thing.happened"));
        assert_eq!(shown(properties.content_type()).as_deref(), Some("application/json"));
        assert_eq!(*properties.timestamp(), sent.time.and_then(|time| time.as_second().try_into().ok()));
        let names: Vec<_> =
            properties.headers().as_ref().unwrap().inner().keys().map(ToString::to_string).collect();
        assert_eq!(names, ["traceparent"]);

        let error =
            publish(&bus, &topic_destination(&format!("{exchange}/old")), sent.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        assert!(error.to_string().contains(&exchange) && error.to_string().contains("`old`"), "{error}");
        for nowhere in [topic_destination("no-such-exchange/x"), queue_destination("no-such-queue")] {
            let error = publish(&bus, &nowhere, sent.clone()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Topology);
            assert!(error.to_string().contains("no-such-"), "{error}");
        }
        publish(&bus, &queue_destination(&queue), sent).await.unwrap();
        take(&channel, &queue).await;
    })
    .await;
}

#[tokio::test]
async fn each_message_to_a_missing_queue_fails_and_no_other() {
    scoped(|scope| async move {
        let queue = scope.queue("orders");
        let channel = scope.channel().await;
        declare(&channel, &queue).await;
        let bus = scope.connect().await;
        let (good, bad) = (queue_destination(&queue), queue_destination("no-such-queue"));
        let publishing = (0..200).map(|n| {
            let to = if n % 2 == 0 { &good } else { &bad };
            publish(&bus, to, message("x"))
        });
        for (n, outcome) in futures_util::future::join_all(publishing).await.into_iter().enumerate() {
            assert_eq!(outcome.is_ok(), n % 2 == 0, "{n}: {outcome:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_external_queue_is_consumed_and_retried_and_stays_as_it_is() {
    scoped(|scope| async move {
        let queue = scope.queue("orders");
        let channel = scope.channel().await;
        declare(&channel, &queue).await;
        let bus = scope.connect().await;
        let source = queue_source(&queue);
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &queue_destination(&queue), message("1")).await.unwrap();
        let delivery = next(&mut consumer).await;
        delivery.settle(Settlement::Retry { after: Duration::from_millis(1) }).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.attempt, 2);
        delivery.settle(Settlement::Release).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.attempt, 2);
        let dead = DeadLetter { reason: DeadLetterReason::Terminal, detail: "no".into(), attempts: 2 };
        delivery.settle(Settlement::DeadLetter(dead.clone())).await.unwrap();
        let mut dead_letters = bus.consume(&Source::DeadLetters(source.into()), prefetch(8)).await.unwrap();
        let delivery = next(&mut dead_letters).await;
        assert_eq!(delivery.dead_letter, Some(dead));
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn a_subscription_to_an_external_topic_has_a_separate_queue() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let queue = scope.queue("orders.order_created.mailer");
        let source = topic_source("amq.topic/order.*");
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &topic_destination("amq.topic/order.new"), message("1")).await.unwrap();
        acknowledge(next(&mut consumer).await).await;
        assert_eq!(ready(&scope.channel().await, &queue).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_missing_queue_or_exchange_is_named() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let (queue, topic) = (queue_source("no-such-queue"), topic_source("no-such-exchange/x"));
        for (source, name) in [(queue, "no-such-queue"), (topic, "no-such-exchange")] {
            let error = bus.consume(&source, prefetch(8)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Topology);
            assert!(error.to_string().contains(name), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_external_queue_without_a_queue_for_its_dead_letters_is_not_consumed() {
    scoped(|scope| async move {
        let (channel, queue) = (scope.channel().await, scope.queue("orders"));
        declare(&channel, &queue).await;
        declare(&channel, &format!("{queue}.dead")).await;
        let source = queue_source(&queue);
        let error = scope.connect().await.consume(&source, prefetch(8)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        assert!(error.to_string().contains(".dead`"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_message_that_cannot_be_settled_is_delivered_again_after_a_delay() {
    scoped(|scope| async move {
        let (channel, queue) = (scope.channel().await, scope.queue("orders"));
        declare(&channel, &queue).await;
        declare(&channel, &scope.queue("retry.external.100ms")).await;
        let source = queue_source(&queue);
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &queue_destination(&queue), message("1")).await.unwrap();
        let retry = Settlement::Retry { after: Duration::from_millis(1) };
        let error = next(&mut consumer).await.settle(retry).await.unwrap_err();
        let failed_at = tokio::time::Instant::now();
        assert_eq!(error.kind(), ErrorKind::Topology);
        let delivery = next(&mut consumer).await;
        assert!(failed_at.elapsed() > Duration::from_millis(500), "a hot loop: {:?}", failed_at.elapsed());
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn an_external_queue_can_be_called_dead() {
    scoped(|scope| async move {
        let queue = format!("their-{}.dead", scope.namespace);
        scope.queue(&queue);
        let channel = scope.channel().await;
        let options = QueueDeclareOptions { auto_delete: true, ..Default::default() };
        channel.queue_declare(queue.as_str().into(), options, FieldTable::default()).await.unwrap();
        let source = queue_source(&queue);
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &queue_destination(&queue), message("1")).await.unwrap();
        let letter = DeadLetter { reason: DeadLetterReason::Terminal, detail: "no".into(), attempts: 1 };
        next(&mut consumer).await.settle(Settlement::DeadLetter(letter.clone())).await.unwrap();
        let mut dead_letters = bus.consume(&Source::DeadLetters(source.into()), prefetch(8)).await.unwrap();
        let delivery = next(&mut dead_letters).await;
        assert_eq!(delivery.dead_letter, Some(letter));
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn an_external_topic_without_an_exchange_is_rejected_with_the_form() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let published = publish(&bus, &topic_destination("/order.new"), message("1")).await.unwrap_err();
        let consumed = bus.consume(&topic_source("/order.new"), prefetch(8)).await.unwrap_err();
        for error in [published, consumed] {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.hint().unwrap().contains("exchange/routing.key"), "{error:#}");
        }
    })
    .await;
}
