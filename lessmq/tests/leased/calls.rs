//! Calls: at most once, whatever the broker does.

use std::sync::Arc;
use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::envelope::Frame;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use lessmq::transport::{Settlement, Transport};
use tokio::time::{Instant, sleep};

use super::harness::*;

const LONG: Duration = Duration::from_secs(300);

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_fails_means_that_the_call_is_not_handled() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    let calling = call(&bus, 1, LONG);
    let delivery = next(&mut provider).await;
    broker.script_always(Operation::Delete, Fault::Throttle);
    assert!(acknowledge(delivery).await.is_err());
    broker.clear();
    nothing_for(&mut provider, LEASE * 3).await;
    assert_eq!(calling.await.unwrap().unwrap_err().kind(), ErrorKind::DeadlineExceeded);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_broker_delivers_twice_is_handled_once() {
    for fault in [Fault::Duplicate, Fault::ShortLease(Duration::from_secs(1))] {
        let broker = Scripted::new();
        let bus = Arc::new(connect(&broker));
        let (mut provider, mut other) = (consume(&bus, calls(), 10).await, consume(&bus, calls(), 10).await);
        broker.script(Operation::Receive, [fault]);
        let _calling = call(&bus, 1, LONG);
        let held = tokio::select! { one = next(&mut provider) => one, two = next(&mut other) => two };
        tokio::join!(nothing_for(&mut provider, LEASE * 3), nothing_for(&mut other, LEASE * 3));
        // It is not known to be the only delivery any more.
        assert!(acknowledge(held).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_acknowledgement_did_nothing_is_not_delivered_again() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    let calling = call(&bus, 1, LONG);
    broker.script(Operation::Delete, [Fault::Pretend]);
    answer(next(&mut provider).await).await;
    assert!(calling.await.unwrap().is_ok());
    nothing_for(&mut provider, LEASE * 3).await;
    assert_eq!(broker.count(CALLS), (0, 0), "it is deleted in the end");
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_lease_ended_before_it_was_acknowledged_is_not_handled() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    let _calling = call(&bus, 1, LONG);
    let held = next(&mut provider).await;
    broker.script_always(Operation::Extend, Fault::Throttle);
    sleep(LEASE + Duration::from_secs(1)).await;
    assert!(acknowledge(held).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_not_known_to_be_stored_is_not_sent_again() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 2).await;
    broker.script(Operation::Send, [Fault::LoseAnswer]);
    let error = call(&bus, 1, LONG).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    drop(next(&mut provider).await);
    nothing_for(&mut provider, LEASE * 3).await;
}

#[tokio::test(start_paused = true)]
async fn an_expired_call_is_deleted_and_never_delivered() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    drop(consume(&bus, calls(), 1).await);
    let error = call(&bus, 1, Duration::from_secs(1)).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    let mut provider = consume(&bus, calls(), 1).await;
    nothing_for(&mut provider, LEASE).await;
    assert_eq!(broker.count(CALLS), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_expires_while_it_waits_here_is_deleted() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 10).await;
    let calling = [call(&bus, 1, Duration::from_secs(2)), call(&bus, 2, Duration::from_secs(2))];
    let _held = next(&mut provider).await;
    sleep(Duration::from_secs(3)).await;
    nothing_for(&mut provider, LEASE).await;
    for calling in calling {
        assert_eq!(calling.await.unwrap().unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    }
    assert_eq!(broker.count(CALLS).0, 1, "only the one that is held is left");
}

#[tokio::test(start_paused = true)]
async fn a_provider_learns_how_much_time_is_left() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    drop(consume(&bus, calls(), 1).await);
    let _calling = call(&bus, 1, Duration::from_secs(60));
    sleep(Duration::from_secs(20)).await;
    let delivery = next(&mut consume(&bus, calls(), 1).await).await;
    let left = delivery.envelope.expires_in.unwrap();
    assert!(left <= Duration::from_secs(60) && left > Duration::from_secs(59), "when it was sent: {left:?}");
    let waited = delivery.published_at.unwrap().elapsed().unwrap();
    assert!(waited >= Duration::from_secs(20), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_that_were_not_delivered_go_to_another_provider() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut leaving = consume(&bus, calls(), 10).await;
    let calling: Vec<_> = (0..3).map(|n| call(&bus, n, LONG)).collect();
    let held = next(&mut leaving).await;
    drop(leaving);
    let mut provider = consume(&bus, calls(), 10).await;
    for _ in 0..2 {
        answer(next(&mut provider).await).await;
    }
    answer(held).await;
    for calling in calling {
        assert!(calling.await.unwrap().is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_released_call_goes_to_another_provider_with_the_time_that_it_has_left() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    let calling = call(&bus, 1, Duration::from_secs(60));
    let delivery = next(&mut provider).await;
    sleep(Duration::from_secs(25)).await;
    delivery.settle(Settlement::Release).await.unwrap();
    let again = next(&mut provider).await;
    assert!(again.envelope.expires_in.unwrap() <= Duration::from_secs(35));
    answer(again).await;
    assert!(calling.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_was_sent_twice_is_received_once() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    for number in 0..3 {
        let calling = call(&bus, number, LONG);
        let delivery = next(&mut provider).await;
        broker.script(Operation::Send, [Fault::LoseAnswer]);
        answer(delivery).await;
        assert_eq!(calling.await.unwrap().unwrap().data, number.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_has_left_is_not_an_error() {
    let broker = Scripted::new();
    let (bus, caller) = (connect(&broker), Arc::new(connect(&broker)));
    let mut provider = consume(&bus, calls(), 1).await;
    let calling = call(&caller, 1, LONG);
    let mut delivery = next(&mut provider).await;
    let responder = delivery.responder.take().unwrap();
    acknowledge(delivery).await.unwrap();
    caller.close().await.unwrap();
    assert_eq!(calling.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert!(!broker.queues().iter().any(|name| name.contains("replies")));
    let started = Instant::now();
    responder.send(Frame::bare("1")).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
}
