//! Dead letters.

use std::time::Duration;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldArray, FieldTable};
use lessmq::ErrorKind;
use lessmq::transport::{DeadLetter, DeadLetterReason, Settlement, Source};

use crate::support::*;

fn letter(reason: DeadLetterReason) -> DeadLetter {
    DeadLetter { reason, detail: "no such account: 42".into(), attempts: 5 }
}

#[tokio::test]
async fn a_dead_letter_keeps_its_reason_and_its_content() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let sent = message(r#"{"id":42}"#);
        publish(&bus, &to, sent.clone()).await.unwrap();
        let delivery = next(&mut consumer).await;
        let reason = letter(DeadLetterReason::AttemptsExhausted);
        delivery.settle(Settlement::DeadLetter(reason.clone())).await.unwrap();
        let dead = Source::DeadLetters(source.into());
        let mut dead_letters = bus.consume(&dead, prefetch(8)).await.unwrap();
        let delivery = next(&mut dead_letters).await;
        assert_eq!(delivery.envelope, sent);
        assert_eq!(delivery.dead_letter, Some(reason));
        // A released dead letter stays there, complete.
        delivery.settle(Settlement::Release).await.unwrap();
        acknowledge(next(&mut dead_letters).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_long_detail_does_not_break_the_connection() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &to, message("x")).await.unwrap();
        let detail = "é".repeat(200_000);
        let dead = DeadLetter { detail: detail.clone(), ..letter(DeadLetterReason::Terminal) };
        next(&mut consumer).await.settle(Settlement::DeadLetter(dead)).await.unwrap();
        let mut dead_letters = bus.consume(&Source::DeadLetters(source.into()), prefetch(8)).await.unwrap();
        let delivery = next(&mut dead_letters).await;
        let kept = delivery.dead_letter.clone().unwrap().detail;
        assert!(detail.starts_with(&kept) && kept.len() > 4000);
        acknowledge(delivery).await;
    })
    .await;
}

/// A message of another program, with everything that could make the broker refuse, copy or drop it the second time.
fn message_of_another_program() -> BasicProperties {
    let mut headers = FieldTable::default();
    let copies = FieldArray::from(vec![AMQPValue::LongString("nowhere".into())]);
    headers.insert("CC".into(), AMQPValue::FieldArray(copies));
    headers.insert("flag".into(), AMQPValue::Boolean(true));
    headers.insert("cloudEvents_retries".into(), AMQPValue::LongInt(-3));
    headers.insert("cloudEvents:at".into(), AMQPValue::Timestamp(0));
    headers.insert("cloudEvents:table".into(), AMQPValue::FieldTable(FieldTable::default()));
    headers.insert("cloudEvents:time".into(), AMQPValue::LongString("yesterday".into()));
    headers.insert("x-delivery-count".into(), AMQPValue::LongString("many".into()));
    headers.insert("x-death".into(), AMQPValue::LongInt(1));
    BasicProperties::default()
        .with_headers(headers)
        .with_priority(3)
        .with_content_encoding("identity".into())
        .with_correlation_id("c-1".into())
        .with_reply_to("their-replies".into())
        .with_user_id("guest".into())
        .with_cluster_id("cl".into())
        .with_expiration("600000".into())
        .with_timestamp(u64::MAX)
}

#[tokio::test]
async fn a_message_of_another_program_is_kept_complete_through_retry_and_dead_letter() {
    scoped(|scope| async move {
        let (_, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let channel = scope.channel().await;
        let queue = scope.queue("user.commands");
        let sent = message_of_another_program();
        let publish =
            channel.basic_publish("".into(), queue.as_str().into(), Default::default(), b"hi", sent.clone());
        publish.await.unwrap().await.unwrap();

        let delivery = next(&mut consumer).await;
        let envelope = delivery.envelope.clone();
        assert_eq!(delivery.attempt, 1);
        assert_eq!((envelope.id.len(), &*envelope.kind, &*envelope.source), (36, "", ""));
        assert_eq!(envelope.extensions["retries"], "-3");
        assert_eq!(envelope.extensions["at"], "1970-01-01T00:00:00Z");
        assert_eq!(envelope.extensions["time"], "yesterday");
        assert!(!envelope.extensions.contains_key("table"));
        // A reply queue does not make it a call, which would be acknowledged before it is handled.
        assert!(delivery.responder.is_none());
        delivery.settle(Settlement::Retry { after: Duration::ZERO }).await.unwrap();

        let delivery = next(&mut consumer).await;
        assert_eq!((delivery.attempt, &delivery.envelope.id), (2, &envelope.id));
        delivery.settle(Settlement::DeadLetter(letter(DeadLetterReason::Undecodable))).await.unwrap();

        let dead = take(&channel, &format!("{queue}.dead")).await;
        let (kept, sent_headers) = (&dead.properties, sent.headers().as_ref().unwrap());
        assert_eq!(dead.data, b"hi");
        assert_eq!(kept.priority(), sent.priority());
        assert_eq!(kept.correlation_id(), sent.correlation_id());
        assert_eq!(kept.reply_to(), sent.reply_to());
        assert_eq!(kept.cluster_id(), sent.cluster_id());
        assert_eq!(kept.content_encoding(), sent.content_encoding());
        assert_eq!(kept.timestamp(), sent.timestamp());
        let headers = kept.headers().as_ref().unwrap().inner();
        for (name, kept_as) in
            [("flag", "flag"), ("CC", "lessmq-original-cc"), ("cloudEvents:table", "cloudEvents:table")]
        {
            assert_eq!(headers.get(kept_as), sent_headers.inner().get(name), "{name}");
        }
        let value = |name: &str| headers.get(name).cloned();
        assert_eq!(value("lessmq-original-expiration"), Some(AMQPValue::LongString("600000".into())));
        assert_eq!(value("lessmq-original-user-id"), Some(AMQPValue::LongString("guest".into())));
        assert_eq!(value("lessmq-dead-reason"), Some(AMQPValue::LongString("undecodable".into())));
        assert_eq!(value("lessmq-dead-attempts"), Some(AMQPValue::LongLongInt(5)));
    })
    .await;
}

#[tokio::test]
async fn a_message_that_the_broker_gives_up_is_a_dead_letter_too() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        publish(&bus, &to, message("poison")).await.unwrap();
        // Each handler dies. The delivery limit is 1,000.
        for _ in 0..=1000 {
            drop(next(&mut consumer).await);
        }
        let mut dead_letters = bus.consume(&Source::DeadLetters(source.into()), prefetch(8)).await.unwrap();
        let delivery = next(&mut dead_letters).await;
        assert_eq!(text(&delivery), "poison");
        let dead = delivery.dead_letter.clone().unwrap();
        assert_eq!(dead.reason, DeadLetterReason::Broker);
        assert!(dead.detail.contains("delivery_limit"), "{dead:?}");
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn a_redriven_message_has_no_marks_and_is_no_longer_dead() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        publish(&bus, &to, message("x")).await.unwrap();
        next(&mut consumer).await.settle(Settlement::Retry { after: Duration::ZERO }).await.unwrap();
        let give_up = Settlement::DeadLetter(letter(DeadLetterReason::AttemptsExhausted));
        next(&mut consumer).await.settle(give_up).await.unwrap();
        drop(consumer);
        let mut dead_letters = bus.consume(&Source::DeadLetters(source.into()), prefetch(1)).await.unwrap();
        next(&mut dead_letters).await.settle(Settlement::Redrive).await.unwrap();

        let channel = scope.channel().await;
        let queue = scope.queue("user.commands");
        let redriven = take(&channel, &queue).await;
        assert_eq!(redriven.data, b"x");
        let headers = redriven.properties.headers().as_ref().unwrap().inner();
        let marks: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with("lessmq-")).collect();
        assert!(marks.is_empty(), "{marks:?}");
        assert_eq!(ready(&channel, &format!("{queue}.dead")).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_message_is_redriven_to_a_group_whose_queue_was_deleted() {
    scoped(|scope| async move {
        let source = scope.group("user", "made", "mailer");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        publish(&bus, &event("user", "made"), message("x")).await.unwrap();
        let give_up = Settlement::DeadLetter(letter(DeadLetterReason::Terminal));
        next(&mut consumer).await.settle(give_up).await.unwrap();
        drop(consumer);
        let queue = scope.queue("user.events.mailer");
        scope.channel().await.queue_delete(queue.as_str().into(), Default::default()).await.unwrap();
        let dead = Source::DeadLetters(source.clone().into());
        let mut dead_letters = bus.consume(&dead, prefetch(1)).await.unwrap();
        next(&mut dead_letters).await.settle(Settlement::Redrive).await.unwrap();
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        let redriven = next(&mut consumer).await;
        assert_eq!((text(&redriven), redriven.attempt), ("x", 1));
        acknowledge(redriven).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_of_a_deleted_external_queue_stays_among_the_dead_letters() {
    scoped(|scope| async move {
        let (channel, queue) = (scope.channel().await, scope.queue("orders"));
        declare(&channel, &queue).await;
        let source: Source = external_queue(&queue).into();
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        publish(&bus, &external_queue(&queue).into(), message("x")).await.unwrap();
        let give_up = Settlement::DeadLetter(letter(DeadLetterReason::Terminal));
        next(&mut consumer).await.settle(give_up).await.unwrap();
        drop(consumer);
        channel.queue_delete(queue.as_str().into(), Default::default()).await.unwrap();
        let mut dead_letters = bus.consume(&Source::DeadLetters(source.into()), prefetch(1)).await.unwrap();
        let error = next(&mut dead_letters).await.settle(Settlement::Redrive).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        assert!(error.to_string().contains(&queue), "{error}");
        acknowledge(next(&mut dead_letters).await).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_that_are_released_after_their_consumer_was_dropped_stay_in_order() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        for number in ["1", "2", "3"] {
            publish(&bus, &to, message(number)).await.unwrap();
            let give_up = Settlement::DeadLetter(letter(DeadLetterReason::Terminal));
            next(&mut consumer).await.settle(give_up).await.unwrap();
        }
        let dead = Source::DeadLetters(source.into());
        for round in 0..50 {
            let mut dead_letters = bus.consume(&dead, prefetch(3)).await.unwrap();
            let mut held = Vec::new();
            for number in ["1", "2", "3"] {
                held.push(next(&mut dead_letters).await);
                assert_eq!(text(&held[held.len() - 1]), number, "round {round}");
            }
            drop(dead_letters);
            for delivery in held {
                delivery.settle(Settlement::Release).await.unwrap();
            }
        }
    })
    .await;
}
