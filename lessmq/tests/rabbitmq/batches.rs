//! Batches: a result for each message, and the order of each partition key.

use std::sync::Arc;

use futures_util::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Consumer};
use lessmq::ErrorKind;
use lessmq::transport::{Outgoing, Transport};

use crate::support::*;

#[tokio::test]
async fn a_batch_has_a_result_for_each_message_and_is_stored_in_order() {
    scoped(|scope| async move {
        let (first, first_source) = scope.ordered_commands("user");
        let (second, second_source) = scope.commands("mailer");
        let bus = scope.connect().await;
        let missing = external_queue("no-such-queue").into();
        let mut batch = Vec::new();
        for n in 0..300 {
            let text = n.to_string();
            let to = [&first, &second, &missing][n % 3];
            batch.push(Outgoing::new(to.clone(), message(&text)));
        }
        batch.push(Outgoing::new(first.clone(), large(20_000_000)));
        let results = bus.publish(batch).await;
        assert_eq!(results.len(), 301);
        for (n, result) in results.into_iter().enumerate() {
            let kind = result.err().map(|error| error.kind());
            let expected = match n {
                300 => Some(ErrorKind::TooLarge),
                n if n % 3 == 2 => Some(ErrorKind::Topology),
                _ => None,
            };
            assert_eq!(kind, expected, "{n}");
        }
        for (source, start) in [(first_source, 0), (second_source, 1)] {
            let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
            for n in (start..300).step_by(3) {
                let delivery = next(&mut consumer).await;
                assert_eq!(text(&delivery), n.to_string());
                acknowledge(delivery).await;
            }
        }
    })
    .await;
}

/// A consumer of ordered events whose queue has room for one message, and rejects others until that is taken. It takes
/// one message at a time.
async fn full_queue(scope: &Scope, bus: &Arc<dyn Transport>, service: &str, event: &str) -> Consumer {
    // Creates the exchange.
    drop(bus.consume(&scope.ordered_group(service, event, "other"), prefetch(1)).await.unwrap());
    let (channel, queue) = (scope.channel().await, scope.queue("full"));
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(1));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(queue.as_str().into(), options, arguments).await.unwrap();
    bind(&channel, &queue, &format!("{}.events", scope.namespace), &format!("{service}.{event}.ordered"))
        .await;
    channel.basic_qos(1, BasicQosOptions::default()).await.unwrap();
    let options = BasicConsumeOptions::default();
    channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await.unwrap()
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) {
    let (options, arguments) = (Default::default(), FieldTable::default());
    channel.queue_bind(queue.into(), exchange.into(), key.into(), options, arguments).await.unwrap();
}

#[tokio::test]
async fn no_message_of_a_batch_is_stored_before_an_earlier_one_of_its_key_that_was_rejected() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let mut consumer = full_queue(&scope, &bus, "stock", "moved").await;
        let batch = (0..40).map(|n| Outgoing::new(ordered_event("stock", "moved"), message(&n.to_string())));
        let publishing = tokio::spawn({
            let (bus, batch) = (Arc::clone(&bus), batch.collect());
            async move { bus.publish(batch).await }
        });
        let mut first_copies: Vec<u32> = Vec::new();
        while first_copies.len() < 40 {
            let delivery = within("a message", consumer.next()).await.unwrap().unwrap();
            let number = String::from_utf8_lossy(&delivery.data).parse().unwrap();
            // What was rejected here, but stored in the other queue, may arrive twice.
            if !first_copies.contains(&number) {
                first_copies.push(number);
            }
            delivery.ack(BasicAckOptions::default()).await.unwrap();
        }
        assert!(publishing.await.unwrap().iter().all(Result::is_ok));
        assert!(first_copies.is_sorted(), "{first_copies:?}");
    })
    .await;
}

#[tokio::test]
async fn a_message_behind_one_of_its_key_that_fails_is_not_sent() {
    scoped(|scope| async move {
        let (to, _) = scope.ordered_commands("user");
        let channel = scope.channel().await;
        // The queue has other arguments than ours, so it is not published to.
        declare(&channel, &scope.queue("user.commands.ordered")).await;
        let bus = scope.connect().await;
        let batch = (0..3).map(|n| Outgoing::new(to.clone(), message(&n.to_string()))).collect();
        let errors: Vec<_> = bus.publish(batch).await.into_iter().map(Result::unwrap_err).collect();
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Topology), "{errors:?}");
        assert!(errors[2].to_string().contains("earlier message"), "{errors:?}");
    })
    .await;
}
