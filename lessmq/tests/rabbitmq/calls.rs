//! Calls and replies.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use lessmq::ErrorKind;
use lessmq::envelope::{Frame, Outcome};
use lessmq::transport::{Settlement, Source, Transport};
use tokio::time::Instant;

use crate::support::*;

/// Answers every call with its own payload.
fn echo(bus: Arc<dyn Transport>, source: Source) {
    tokio::spawn(async move {
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        while let Some(Ok(mut delivery)) = consumer.next().await {
            let reply = Frame::new(Outcome::Rejected, None, delivery.envelope.data.clone());
            let responder = delivery.responder.take().unwrap();
            acknowledge(delivery).await;
            responder.send(reply).await.unwrap();
        }
    });
}

#[tokio::test]
async fn calls_get_their_own_replies() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("echo");
        let (client, server) = (scope.connect().await, scope.connect().await);
        // Now the queue exists.
        drop(server.consume(&source, prefetch(8)).await.unwrap());
        echo(Arc::clone(&server), source.clone());
        echo(server, source);
        let calls = (0..200).map(|n| call(&client, &to, message(&n.to_string()), soon()));
        for (n, reply) in within("200 replies", join_all(calls)).await.into_iter().enumerate() {
            let reply = reply.unwrap();
            assert_eq!(reply.data, n.to_string());
            assert_eq!(reply.outcome, Outcome::Rejected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_to_a_service_without_providers_fails_at_once() {
    scoped(|scope| async move {
        let (to, _) = scope.calls("absent");
        let client = scope.connect().await;
        let deadline = Instant::now() + PATIENCE;
        let started = Instant::now();
        let error = within("an answer", call(&client, &to, message(""), deadline)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(started.elapsed() < Duration::from_secs(10));
        assert!(error.to_string().contains("`absent`"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_service_that_starts_later_is_found() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("echo");
        let client = scope.connect().await;
        assert!(call(&client, &to, message(""), soon()).await.is_err());
        let server = scope.connect().await;
        drop(server.consume(&source, prefetch(8)).await.unwrap());
        echo(server, source);
        call(&client, &to, message(""), soon()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_call_without_a_reply_ends_at_its_deadline_and_expires_in_the_broker() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("slow");
        let client = scope.connect().await;
        drop(client.consume(&source, prefetch(8)).await.unwrap());
        let (channel, queue) = (scope.channel().await, scope.queue("slow.calls"));
        let started = Instant::now();
        let left = Duration::from_millis(300);
        let error = call(&client, &to, message("late"), started + left).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
        assert!(started.elapsed() >= left);
        until("the call is gone", || async { ready(&channel, &queue).await == 0 }).await;
        assert!(started.elapsed() < Duration::from_secs(5));
    })
    .await;
}

#[tokio::test]
async fn a_reply_after_the_caller_left_is_dropped() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("slow");
        let (client, server) = (scope.connect().await, scope.connect().await);
        let mut consumer = server.consume(&source, prefetch(8)).await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(200);
        assert!(call(&client, &to, message("1"), deadline).await.is_err());
        let mut late = next(&mut consumer).await;
        late.responder.take().unwrap().send(Frame::bare("too late")).await.unwrap();
        acknowledge(late).await;
        // A reply whose caller is gone with its connection does no harm either.
        let calling = tokio::spawn({
            let client = Arc::clone(&client);
            let to = to.clone();
            async move { call(&client, &to, message("2"), soon()).await }
        });
        let mut late = next(&mut consumer).await;
        client.close().await.unwrap();
        let error = within("the end of the call", calling).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        late.responder.take().unwrap().send(Frame::bare("too late")).await.unwrap();
        late.settle(Settlement::Acknowledge).await.unwrap();
        // The server still works.
        let client = scope.connect().await;
        let asking = call(&client, &to, message("3"), soon());
        let answering = async {
            let mut delivery = next(&mut consumer).await;
            delivery.responder.take().unwrap().send(Frame::bare("in time")).await.unwrap();
            acknowledge(delivery).await;
        };
        let (reply, ()) = within("a reply", futures_util::future::join(asking, answering)).await;
        assert_eq!(reply.unwrap().data, "in time");
    })
    .await;
}

#[tokio::test]
async fn a_call_or_reply_that_is_too_large_is_rejected() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("echo");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(8)).await.unwrap();
        const HUGE: usize = 20_000_000;
        assert_eq!(call(&bus, &to, large(HUGE), soon()).await.unwrap_err().kind(), ErrorKind::TooLarge);
        let answering = async {
            let mut delivery = next(&mut consumer).await;
            let error =
                delivery.responder.take().unwrap().send(Frame::bare(vec![b' '; HUGE])).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge);
            acknowledge(delivery).await;
        };
        let deadline = Instant::now() + Duration::from_secs(1);
        let (reply, ()) = futures_util::future::join(call(&bus, &to, message(""), deadline), answering).await;
        assert_eq!(reply.unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    })
    .await;
}

#[tokio::test]
async fn a_deadline_can_be_far_in_the_future() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("echo");
        let client = scope.connect().await;
        drop(client.consume(&source, prefetch(8)).await.unwrap());
        echo(Arc::clone(&client), source);
        for days in [100, 100 * 365, 100_000 * 365] {
            let deadline = Instant::now() + Duration::from_secs(days * 24 * 60 * 60);
            let (far, near) = tokio::join!(
                within("a reply", call(&client, &to, message("far"), deadline)),
                call(&client, &to, message("near"), soon()),
            );
            assert_eq!((far.unwrap().data, near.unwrap().data), ("far".into(), "near".into()), "{days} days");
        }
    })
    .await;
}

#[tokio::test]
async fn replies_sent_just_before_closing_arrive() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("leaving");
        let client = scope.connect().await;
        for round in 0..5 {
            let server = scope.connect().await;
            let mut consumer = server.consume(&source, prefetch(8)).await.unwrap();
            let asking = call(&client, &to, message("?"), soon());
            let answering = async {
                let mut delivery = next(&mut consumer).await;
                let responder = delivery.responder.take().unwrap();
                acknowledge(delivery).await;
                responder.send(Frame::bare(vec![b' '; 8 * 1024 * 1024])).await.unwrap();
                server.close().await.unwrap();
            };
            let (reply, ()) = within("a reply", futures_util::future::join(asking, answering)).await;
            assert!(reply.is_ok(), "round {round}: {reply:?}");
        }
    })
    .await;
}
