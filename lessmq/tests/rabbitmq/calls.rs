//! Calls and replies.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use lessmq::ErrorKind;
use lessmq::envelope::{Frame, Outcome};
use lessmq::transport::{Queue, Settlement, Source, Transport};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::support::*;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

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
        let (to, _) = scope.calls("nobody");
        let client = scope.connect().await;
        let deadline = Instant::now() + PATIENCE;
        let started = Instant::now();
        let error = within("an answer", call(&client, &to, message(""), deadline)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(started.elapsed() < Duration::from_secs(10));
        assert!(error.to_string().contains("`nobody`"), "{error}");
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

/// Sends a call in a task that waits for the reply.
async fn send_call(bus: &Arc<dyn Transport>, to: &Queue, text: &str) -> JoinHandle<()> {
    let (bus, to, message) = (Arc::clone(bus), to.clone(), message(text));
    let calling = tokio::spawn(async move {
        let _ = call(&bus, &to, message, soon()).await;
    });
    tokio::task::yield_now().await;
    calling
}

#[tokio::test]
async fn a_call_that_was_handed_out_when_its_connection_broke_is_not_handed_out_again() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("once");
        let (client, one, two) = (scope.connect().await, scope.connect().await, scope.connect().await);
        let mut first = one.consume(&source, prefetch(1)).await.unwrap();
        let calling = send_call(&client, &to, "in doubt").await;
        let in_doubt = next(&mut first).await;
        // The broker sees the same as when a process dies.
        one.close().await.unwrap();
        assert!(in_doubt.settle(Settlement::Acknowledge).await.is_err());
        let mut second = two.consume(&source, prefetch(1)).await.unwrap();
        let _other = send_call(&client, &to, "new").await;
        let delivery = next(&mut second).await;
        assert_eq!(text(&delivery), "new");
        acknowledge(delivery).await;
        let (channel, queue) = (scope.channel().await, scope.queue("once.calls"));
        assert_eq!(ready(&channel, &queue).await, 0);
        calling.abort();
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_released_goes_to_another_provider_and_still_expires() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("passed-on");
        let (client, one, two) = (scope.connect().await, scope.connect().await, scope.connect().await);
        let mut first = one.consume(&source, prefetch(1)).await.unwrap();
        let asking = call(&client, &to, message("hello"), soon());
        let answering = async {
            let released = next(&mut first).await;
            drop(first);
            released.settle(Settlement::Release).await.unwrap();
            let mut second = two.consume(&source, prefetch(1)).await.unwrap();
            let mut delivery = next(&mut second).await;
            assert_eq!((text(&delivery), delivery.attempt), ("hello", 1));
            delivery.responder.take().unwrap().send(Frame::bare("answered")).await.unwrap();
            acknowledge(delivery).await;
        };
        let (reply, ()) = within("a reply", futures_util::future::join(asking, answering)).await;
        assert_eq!(reply.unwrap().data, "answered");

        let mut first = two.consume(&source, prefetch(1)).await.unwrap();
        let briefly = Instant::now() + Duration::from_millis(300);
        let (expired, released) = tokio::join!(call(&client, &to, message("late"), briefly), async {
            let released = next(&mut first).await;
            drop(first);
            released.settle(Settlement::Release).await
        });
        released.unwrap();
        assert_eq!(expired.unwrap_err().kind(), ErrorKind::DeadlineExceeded);
        let (channel, queue) = (scope.channel().await, scope.queue("passed-on.calls"));
        until("the call is gone", || async { ready(&channel, &queue).await == 0 }).await;
    })
    .await;
}

#[tokio::test]
async fn calls_that_a_dropped_consumer_did_not_hand_out_go_to_another() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("leaving");
        let (client, one, two) = (scope.connect().await, scope.connect().await, scope.connect().await);
        let mut first = one.consume(&source, prefetch(8)).await.unwrap();
        let mut calling = Vec::new();
        for text in ["0", "1", "2"] {
            calling.push(send_call(&client, &to, text).await);
        }
        let handed_out = next(&mut first).await;
        drop(first);
        // Closing waits for the calls that are given back.
        acknowledge(handed_out).await;
        one.close().await.unwrap();
        let mut second = two.consume(&source, prefetch(8)).await.unwrap();
        let mut seen = BTreeSet::new();
        for _ in 0..2 {
            let delivery = next(&mut second).await;
            seen.insert(text(&delivery).to_owned());
            acknowledge(delivery).await;
        }
        assert!(seen.is_subset(&["0", "1", "2"].map(String::from).into()) && seen.len() == 2, "{seen:?}");
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
