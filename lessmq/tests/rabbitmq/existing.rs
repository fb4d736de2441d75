//! Queues and exchanges that are not ours.

use std::sync::Arc;
use std::time::Duration;

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lessmq::ErrorKind;
use lessmq::transport::{Address, DeadLetter, DeadLetterReason, Settlement, Source};

use crate::support::*;

fn existing(exchange: &str, routing_key: &str) -> Address {
    Address::Existing { exchange: exchange.into(), routing_key: routing_key.into() }
}

#[tokio::test]
async fn a_message_to_an_existing_exchange_is_plain() {
    scoped(|scope| async move {
        let (exchange, queue) = (scope.queue("theirs"), scope.queue("orders"));
        let channel = scope.channel().await;
        let (declare, passing) = (QueueDeclareOptions::default(), FieldTable::default());
        channel.queue_declare(queue.as_str().into(), declare, passing.clone()).await.unwrap();
        let options = ExchangeDeclareOptions { auto_delete: true, ..Default::default() };
        let direct = ExchangeKind::Direct;
        channel.exchange_declare(exchange.as_str().into(), direct, options, passing.clone()).await.unwrap();
        let (from, to) = (exchange.as_str().into(), queue.as_str().into());
        channel.queue_bind(to, from, "new".into(), Default::default(), passing).await.unwrap();

        let bus = scope.connect().await;
        let mut sent = message(r#"{"order":1}"#);
        Arc::make_mut(&mut sent).trace_parent =
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok();
        bus.publish(&existing(&exchange, "new"), sent.clone()).await.unwrap();
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

        let error = bus.publish(&existing(&exchange, "old"), sent.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        assert!(error.to_string().contains(&exchange) && error.to_string().contains("`old`"), "{error}");
        for nowhere in [existing("no-such-exchange", "x"), existing("", "no-such-queue")] {
            let error = bus.publish(&nowhere, sent.clone()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Topology);
            assert!(error.to_string().contains("no-such-"), "{error}");
        }
        // The default exchange knows every queue.
        bus.publish(&existing("", &queue), sent).await.unwrap();
        take(&channel, &queue).await;
    })
    .await;
}

#[tokio::test]
async fn unroutable_messages_are_told_from_routable_ones() {
    scoped(|scope| async move {
        let queue = scope.queue("orders");
        let channel = scope.channel().await;
        let declaring =
            channel.queue_declare(queue.as_str().into(), Default::default(), FieldTable::default());
        declaring.await.unwrap();
        let bus = scope.connect().await;
        let (good, bad) = (existing("", &queue), existing("", "no-such-queue"));
        let publishing = (0..200).map(|n| {
            let to = if n % 2 == 0 { &good } else { &bad };
            bus.publish(to, message("x"))
        });
        for (n, outcome) in futures_util::future::join_all(publishing).await.into_iter().enumerate() {
            assert_eq!(outcome.is_ok(), n % 2 == 0, "{n}: {outcome:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_existing_queue_is_consumed_retried_and_left_as_it_is() {
    scoped(|scope| async move {
        let queue = scope.queue("orders");
        let channel = scope.channel().await;
        let declaring =
            channel.queue_declare(queue.as_str().into(), Default::default(), FieldTable::default());
        declaring.await.unwrap();
        let bus = scope.connect().await;
        let source = Source::Existing { queue: queue.as_str().into(), bind: None };
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        bus.publish(&existing("", &queue), message("1")).await.unwrap();
        let delivery = next(&mut consumer).await;
        delivery.settle(Settlement::Retry { after: Duration::from_millis(1) }).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.attempt, 2);
        delivery.settle(Settlement::Release).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.attempt, 2);
        let dead = DeadLetter { reason: DeadLetterReason::Terminal, detail: "no".into(), attempts: 2 };
        delivery.settle(Settlement::DeadLetter(dead.clone())).await.unwrap();
        let mut graveyard = bus.consume(&Source::DeadLetters(source.into()), PLAIN).await.unwrap();
        let delivery = next(&mut graveyard).await;
        assert_eq!(delivery.dead_letter, Some(dead));
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn a_queue_of_our_own_is_bound_to_an_existing_exchange() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        scope.queue("orders");
        let bind = Some(("amq.topic".into(), "order.*".into()));
        let source = Source::Existing { queue: "orders".into(), bind };
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        bus.publish(&existing("amq.topic", "order.new"), message("1")).await.unwrap();
        acknowledge(next(&mut consumer).await).await;
    })
    .await;
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let missing = Source::Existing { queue: "no-such-queue".into(), bind: None };
        let unbound =
            Source::Existing { queue: "orders".into(), bind: Some(("no-such-exchange".into(), "x".into())) };
        for (source, name) in [(missing, "no-such-queue"), (unbound, "no-such-exchange")] {
            let error = bus.consume(&source, PLAIN).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Topology);
            assert!(error.to_string().contains(name), "{error}");
        }
    })
    .await;
}

/// Makes a queue of ours unusable: declared by somebody else, in another way.
async fn squat(channel: &lapin::Channel, queue: &str) {
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap();
}

#[tokio::test]
async fn an_existing_queue_whose_dead_letters_have_no_place_is_not_consumed() {
    scoped(|scope| async move {
        let (channel, queue) = (scope.channel().await, scope.queue("orders"));
        squat(&channel, &queue).await;
        squat(&channel, &format!("{queue}.dead")).await;
        let source = Source::Existing { queue: queue.as_str().into(), bind: None };
        let error = scope.connect().await.consume(&source, PLAIN).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        assert!(error.to_string().contains(".dead`"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_message_that_cannot_be_settled_comes_back_after_a_pause() {
    scoped(|scope| async move {
        let (channel, queue) = (scope.channel().await, scope.queue("orders"));
        squat(&channel, &queue).await;
        squat(&channel, &format!("{queue}.retry.100ms")).await;
        let source = Source::Existing { queue: queue.as_str().into(), bind: None };
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        bus.publish(&existing("", &queue), message("1")).await.unwrap();
        let retry = Settlement::Retry { after: Duration::from_millis(1) };
        let error = next(&mut consumer).await.settle(retry).await.unwrap_err();
        let refused = tokio::time::Instant::now();
        assert_eq!(error.kind(), ErrorKind::Topology);
        let delivery = next(&mut consumer).await;
        assert!(refused.elapsed() > Duration::from_millis(500), "a hot loop: {:?}", refused.elapsed());
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn an_existing_queue_may_be_named_dead() {
    scoped(|scope| async move {
        let queue = format!("their-{}.dead", scope.namespace);
        scope.queue(&queue);
        let channel = scope.channel().await;
        let options = QueueDeclareOptions { auto_delete: true, ..Default::default() };
        channel.queue_declare(queue.as_str().into(), options, FieldTable::default()).await.unwrap();
        let source = Source::Existing { queue: queue.as_str().into(), bind: None };
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        bus.publish(&existing("", &queue), message("1")).await.unwrap();
        let letter = DeadLetter { reason: DeadLetterReason::Terminal, detail: "no".into(), attempts: 1 };
        next(&mut consumer).await.settle(Settlement::DeadLetter(letter.clone())).await.unwrap();
        let mut graveyard = bus.consume(&Source::DeadLetters(source.into()), PLAIN).await.unwrap();
        let delivery = next(&mut graveyard).await;
        assert_eq!(delivery.dead_letter, Some(letter));
        acknowledge(delivery).await;
    })
    .await;
}
