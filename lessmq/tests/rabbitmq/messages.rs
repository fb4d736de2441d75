//! What is published arrives, whole.

use std::sync::Arc;

use futures_util::future::join_all;
use lessmq::ErrorKind;
use lessmq::envelope::Envelope;
use lessmq::transport::{Address, Group, Source};

use crate::support::*;

#[tokio::test]
async fn a_command_waits_for_a_service_that_was_never_started() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        bus.publish(&to, message("reindex")).await.unwrap();
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
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
            consumers.push(bus.consume(source, PLAIN).await.unwrap());
            // The second of a group shares its deliveries.
            consumers.push(bus.consume(source, PLAIN).await.unwrap());
        }
        bus.publish(&event("user", "registered"), message("one")).await.unwrap();
        bus.publish(&event("user", "deleted"), message("nobody's")).await.unwrap();
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
            ("tenant", "Ärger & Söhne"),
        ] {
            Arc::make_mut(&mut sent).set_attribute(name, value);
        }
        bus.publish(&to, sent.clone()).await.unwrap();
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.envelope, sent);
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn attributes_longer_than_amqp_takes_survive_as_headers() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut sent = Envelope::bare("");
        sent.id = "i".repeat(300).as_str().into();
        sent.kind = "t".repeat(256).into();
        sent.source = "s".repeat(1000).into();
        sent.content_type = Some(format!("application/json; x={}", "c".repeat(255)).into());
        let sent = Arc::new(sent);
        bus.publish(&to, sent.clone()).await.unwrap();
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.envelope, sent);
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn many_publishes_are_under_way_at_once() {
    scoped(|scope| async move {
        let source = scope.group("user", "registered", "mailer");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        let to = event("user", "registered");
        let published = join_all((0..500).map(|n| bus.publish(&to, message(&n.to_string())))).await;
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
async fn a_message_that_is_too_large_is_refused_and_harms_nobody() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let error = bus.publish(&to, large(20_000_000)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.to_string().contains("20000000"), "{error}");
        let mut heavy = message("");
        Arc::make_mut(&mut heavy).extensions.insert("heavy".into(), "x".repeat(200_000));
        assert_eq!(bus.publish(&to, heavy).await.unwrap_err().kind(), ErrorKind::TooLarge);
        // The largest allowed goes through, in many frames.
        bus.publish(&to, large(16 * 1024 * 1024)).await.unwrap();
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.envelope.data.len(), 16 * 1024 * 1024);
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_reaches_everyone_who_is_there() {
    scoped(|scope| async move {
        let source = Source::Events {
            service: "user".into(),
            events: vec!["registered".into()],
            group: Group::Broadcast,
        };
        let (here, there) = (scope.connect().await, scope.connect().await);
        let to = event("user", "registered");
        here.publish(&to, message("early")).await.unwrap();
        let mut consumers =
            [here.consume(&source, PLAIN).await.unwrap(), there.consume(&source, PLAIN).await.unwrap()];
        here.publish(&to, message("late")).await.unwrap();
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
        let mut consumer = bus.consume(&source, PLAIN).await.unwrap();
        bus.publish(&event(&name, &event_name), message("x")).await.unwrap();
        acknowledge(next(&mut consumer).await).await;
        let hopeless = Address::Event { service: name.as_str().into(), event: "e".repeat(300).into() };
        assert_eq!(bus.publish(&hopeless, message("x")).await.unwrap_err().kind(), ErrorKind::Config);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_came_back_is_stored_though_its_publisher_left() {
    let log = LOG.clone();
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        bus.publish(&to, message("1")).await.unwrap();
        let (channel, queue) = (scope.channel().await, scope.queue("user.commands"));
        channel.queue_delete(queue.as_str().into(), Default::default()).await.unwrap();
        let publishing = tokio::spawn({
            let (bus, to) = (Arc::clone(&bus), to.clone());
            async move { bus.publish(&to, message("2")).await }
        });
        until("the message came back", || async { !log.about(&queue).is_empty() }).await;
        publishing.abort();
        assert!(publishing.await.is_err(), "too late to leave");
        bus.close().await.unwrap();
        let mut consumer = scope.connect().await.consume(&source, PLAIN).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(text(&delivery), "2");
        acknowledge(delivery).await;
    })
    .await;
}
