//! The reply queue of a connection.

use std::sync::Arc;
use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::transport::Transport;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use lessmq::transport::leased::{LeasedQueue, QueueKind};
use tokio::time::{Instant, sleep};

use super::harness::*;

const LONG: Duration = Duration::from_secs(300);

fn reply_queue(broker: &Scripted) -> Option<String> {
    broker.queues().into_iter().find(|name| name.contains("replies"))
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_makes_no_calls_has_no_reply_queue_and_an_idle_one_costs_nothing() {
    let broker = Scripted::new();
    let (bus, caller) = (connect(&broker), Arc::new(connect(&broker)));
    let mut provider = consume(&bus, calls(), 1).await;
    assert!(reply_queue(&broker).is_none());
    let calling = call(&caller, 1, LONG);
    answer(next(&mut provider).await).await;
    assert!(calling.await.unwrap().is_ok());
    drop(provider);
    sleep(Duration::from_secs(60)).await;
    let before = broker.requests(Operation::Receive);
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(broker.requests(Operation::Receive), before);
    assert!(reply_queue(&broker).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_reply_queue_that_was_deleted_is_created_again() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    let first = call(&bus, 1, LONG);
    answer(next(&mut provider).await).await;
    assert!(first.await.unwrap().is_ok());
    let replies = reply_queue(&broker).unwrap();
    broker.delete_queue(&replies);
    let second = call(&bus, 2, LONG);
    let delivery = next(&mut provider).await;
    sleep(Duration::from_secs(30)).await;
    answer(delivery).await;
    assert!(second.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_reply_queue_is_created_although_no_call_waits_long_enough_for_it() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    broker.script_always(Operation::Ensure, Fault::Slow(Duration::from_millis(1_500)));
    let error = call(&bus, 1, Duration::from_secs(1)).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    let second = call(&bus, 2, Duration::from_secs(1));
    answer(next(&mut provider).await).await;
    assert!(second.await.unwrap().is_ok(), "the queue was half created when this call began");
}

#[tokio::test(start_paused = true)]
async fn a_reply_queue_that_is_being_created_when_the_connection_closes_is_not_left() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    broker.script(Operation::Ensure, [Fault::Slow(Duration::from_secs(20))]);
    let calling = call(&bus, 1, LONG);
    settle_down().await;
    let started = Instant::now();
    bus.close().await.unwrap();
    assert_eq!(calling.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    sleep(LEASE).await;
    assert!(reply_queue(&broker).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_reply_queue_that_is_still_missing_after_it_was_created_is_not_asked_for_in_a_hot_loop() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    let first = call(&bus, 1, LONG);
    answer(next(&mut provider).await).await;
    assert!(first.await.unwrap().is_ok());
    let second = call(&bus, 2, LONG);
    let delivery = next(&mut provider).await;
    let replies = reply_queue(&broker).unwrap();
    broker.script_always(Operation::Ensure, Fault::Pretend);
    broker.delete_queue(&replies);
    let before = broker.requests(Operation::Receive);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    let requests = broker.requests(Operation::Receive) - before;
    assert!(requests <= 10, "{requests} requests in no time");
    broker.clear();
    sleep(Duration::from_secs(30)).await;
    answer(delivery).await;
    assert!(second.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_reply_queue_that_cannot_be_created_again_for_a_while_is_created_later() {
    let broker = Scripted::new();
    let bus = Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 1).await;
    let calling = call(&bus, 1, LONG);
    let delivery = next(&mut provider).await;
    let replies = reply_queue(&broker).unwrap();
    broker.script_always(Operation::Ensure, Fault::Throttle);
    broker.delete_queue(&replies);
    sleep(Duration::from_secs(60)).await;
    broker.clear();
    sleep(Duration::from_secs(30)).await;
    answer(delivery).await;
    assert!(calling.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn replies_can_arrive_in_a_queue_that_exists_and_stays() {
    let broker = Scripted::new();
    broker.create_queue(LeasedQueue::new("their-replies", QueueKind::External));
    let bus = Arc::new(connect(&broker).with_reply_queue("their-replies".parse().unwrap()));
    let mut provider = consume(&bus, calls(), 1).await;
    let calling = call(&bus, 1, LONG);
    answer(next(&mut provider).await).await;
    assert!(calling.await.unwrap().is_ok());
    bus.close().await.unwrap();
    assert_eq!(reply_queue(&broker).as_deref(), Some("their-replies"));
}
