//! Published messages arrive complete.

use std::sync::Arc;

use futures_util::future::join_all;
use lessmq::ErrorKind;
use lessmq::envelope::Envelope;

use crate::log::LOG;
use crate::support::*;

#[tokio::test]
async fn a_command_waits_for_a_service_that_was_never_started() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        publish(&bus, &to, message("reindex")).await.unwrap();
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!((text(&delivery), delivery.attempt), ("reindex", 1));
        assert!(delivery.dead_letter.is_none() && delivery.responder.is_none());
        acknowledge(delivery).await;
        drop(consumer);
        bus.close().await.unwrap();
        let queue = scope.queue("user.commands");
        assert_eq!(ready(&scope.channel().await, &queue).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_event_reaches_every_group_once() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let sources = ["mailer", "search"].map(|group| scope.group("user", "registered", group));
        let mut consumers = Vec::new();
        for source in &sources {
            consumers.push(bus.consume(source, prefetch(8)).await.unwrap());
            // The two consumers of a group share its deliveries.
            consumers.push(bus.consume(source, prefetch(8)).await.unwrap());
        }
        publish(&bus, &event("user", "registered"), message("one")).await.unwrap();
        publish(&bus, &event("user", "deleted"), message("of no group")).await.unwrap();
        for pair in consumers.chunks_mut(2) {
            let [first, second] = pair else { unreachable!() };
            let delivery = within("a delivery", async {
                tokio::select! { delivery = first.next() => delivery, delivery = second.next() => delivery }
            });
            let delivery = delivery.await.unwrap().unwrap();
            assert_eq!(text(&delivery), "one");
            acknowledge(delivery).await;
        }
        drop(consumers);
        let channel = scope.channel().await;
        for group in ["mailer", "search"] {
            assert_eq!(ready(&channel, &scope.queue(&format!("user.events.{group}"))).await, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn every_attribute_survives_the_wire() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut sent = message("{}");
        for (name, value) in [
            ("datacontenttype", "application/vnd.shop+json"),
            ("dataschema", "urn:lessmq:user:1.0.0:00"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            ("tracestate", "vendor=1"),
            ("partitionkey", "42"),
            ("lessmqexpiresin", "1500"),
            ("lessmqoutcome", "rejected"),
            ("lessmqcredit", "8"),
            ("tenant", "Ärger & Söhne"),
        ] {
            Arc::make_mut(&mut sent).set_attribute(name, value);
        }
        publish(&bus, &to, sent.clone()).await.unwrap();
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.envelope, sent);
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn attributes_longer_than_a_property_survive_as_headers() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut sent = Envelope::bare("");
        sent.id = "i".repeat(300).as_str().into();
        sent.kind = "t".repeat(256).into();
        sent.source = "s".repeat(1000).into();
        sent.content_type = Some(format!("application/json; x={}", "c".repeat(255)).into());
        let sent = Arc::new(sent);
        publish(&bus, &to, sent.clone()).await.unwrap();
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.envelope, sent);
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn many_publishes_are_in_progress_at_once() {
    scoped(|scope| async move {
        let source = scope.group("user", "registered", "mailer");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let to = event("user", "registered");
        let published = join_all((0..500).map(|n| publish(&bus, &to, message(&n.to_string())))).await;
        assert!(published.iter().all(Result::is_ok), "{published:?}");
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 500 {
            let delivery = next(&mut consumer).await;
            assert!(seen.insert(text(&delivery).to_owned()), "delivered twice");
            acknowledge(delivery).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_rejected_and_does_not_affect_others() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let too_large = large(20_000_000);
        let length = too_large.encoded_len();
        let error = publish(&bus, &to, too_large).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.to_string().contains(&length.to_string()), "{error}");
        let mut heavy = message("");
        Arc::make_mut(&mut heavy).extensions.insert("heavy".into(), "x".repeat(200_000));
        assert_eq!(publish(&bus, &to, heavy).await.unwrap_err().kind(), ErrorKind::TooLarge);
        // The largest allowed goes through, in many frames.
        let limit = bus.capabilities().max_message;
        let largest = large(limit - large(0).attributes_len());
        assert_eq!((limit, largest.encoded_len()), (16 * 1024 * 1024, limit));
        publish(&bus, &to, largest.clone()).await.unwrap();
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.envelope.data.len(), largest.data.len());
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_reaches_every_running_consumer() {
    scoped(|scope| async move {
        let source = broadcast("user", "registered");
        let (here, there) = (scope.connect().await, scope.connect().await);
        let to = event("user", "registered");
        publish(&here, &to, message("early")).await.unwrap();
        let mut consumers = [
            here.consume(&source, prefetch(8)).await.unwrap(),
            there.consume(&source, prefetch(8)).await.unwrap(),
        ];
        publish(&here, &to, message("late")).await.unwrap();
        for consumer in &mut consumers {
            let delivery = next(consumer).await;
            assert_eq!(text(&delivery), "late");
            acknowledge(delivery).await;
        }
    })
    .await;
}

#[tokio::test]
async fn messages_of_services_with_long_names_arrive() {
    scoped(|scope| async move {
        let name = "s".repeat(24);
        let event_name = "e".repeat(60);
        let source = scope.group(&name, &event_name, &"g".repeat(24));
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        publish(&bus, &event(&name, &event_name), message("x")).await.unwrap();
        acknowledge(next(&mut consumer).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_returned_message_is_stored_even_if_its_publisher_was_dropped() {
    let log = LOG.clone();
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        publish(&bus, &to, message("1")).await.unwrap();
        let (channel, queue) = (scope.channel().await, scope.queue("user.commands"));
        channel.queue_delete(queue.as_str().into(), Default::default()).await.unwrap();
        let publishing = tokio::spawn({
            let (bus, to) = (Arc::clone(&bus), to.clone());
            async move { publish(&bus, &to, message("2")).await }
        });
        until("the message is returned", || async { !log.about(&queue).is_empty() }).await;
        publishing.abort();
        assert!(publishing.await.is_err(), "it was stored before the publisher was dropped");
        bus.close().await.unwrap();
        let mut consumer = scope.connect().await.consume(&source, prefetch(8)).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(text(&delivery), "2");
        acknowledge(delivery).await;
    })
    .await;
}
