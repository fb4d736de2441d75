//! Receiving: many requests while there is a backlog, few otherwise.

use std::time::Duration;

use lessmq::transport::Transport;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use tokio::time::{Instant, sleep};

use super::harness::*;

#[tokio::test(start_paused = true)]
async fn an_idle_consumer_waits_with_one_request_at_a_time() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let _consumer = consume(&bus, commands(), 100).await;
    sleep(Duration::from_secs(3_600)).await;
    let requests = broker.requests(Operation::Receive);
    assert!((175..=181).contains(&requests), "{requests} requests in an hour; each waits 20 s");
}

#[tokio::test(start_paused = true)]
async fn a_backlog_is_received_with_several_requests_at_a_time() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    bus.publish((0..200).map(|n| outgoing(commands(), n)).collect()).await;
    broker.script_always(Operation::Receive, Fault::Slow(Duration::from_secs(1)));
    let started = Instant::now();
    let mut consumer = consume(&bus, commands(), 200).await;
    acknowledge_many(&mut consumer, 200).await;
    let took = started.elapsed();
    assert!(took < Duration::from_secs(8), "{took:?}; one request at a time takes 20 s");
    assert!(broker.requests(Operation::Receive) <= 32, "{}", broker.requests(Operation::Receive));
}

#[tokio::test(start_paused = true)]
async fn messages_are_received_in_batches_although_they_are_settled_one_by_one() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    bus.publish((0..200).map(|n| outgoing(commands(), n)).collect()).await;
    let mut consumer = consume(&bus, commands(), 20).await;
    acknowledge_many(&mut consumer, 200).await;
    let requests = broker.requests(Operation::Receive);
    assert!(requests <= 40, "{requests} requests for 200 messages");
}

#[tokio::test(start_paused = true)]
async fn slow_handlers_do_not_keep_others_from_work() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let mut consumer = consume(&bus, commands(), 10).await;
    bus.publish((0..30).map(|n| outgoing(commands(), n)).collect()).await;
    let mut held = Vec::new();
    for _ in 0..9 {
        held.push(next(&mut consumer).await);
    }
    let started = Instant::now();
    acknowledge_many(&mut consumer, 21).await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_prefetch_is_leased() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    bus.publish((0..50).map(|n| outgoing(commands(), n)).collect()).await;
    let mut consumer = consume(&bus, commands(), 3).await;
    for _ in 0..10 {
        sleep(Duration::from_secs(1)).await;
        assert!(broker.count(COMMANDS).1 <= 3);
        acknowledge(next(&mut consumer).await).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_was_unreachable_is_received_from_again() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let mut consumer = consume(&bus, commands(), 1).await;
    for fault in [Fault::Throttle, Fault::LoseAnswer] {
        broker.script_always(Operation::Receive, fault);
        publish(&bus, &commands(), [1]).await;
        sleep(Duration::from_secs(120)).await;
        broker.clear();
        assert_eq!(acknowledge_many(&mut consumer, 1).await, [1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_was_deleted_is_created_again() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let mut consumer = consume(&bus, commands(), 1).await;
    broker.delete_queue(COMMANDS);
    sleep(Duration::from_secs(30)).await;
    publish(&bus, &commands(), [1]).await;
    assert_eq!(acknowledge_many(&mut consumer, 1).await, [1]);
}

#[tokio::test(start_paused = true)]
async fn the_consumer_of_an_external_queue_that_was_deleted_ends() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    broker.create_queue(lessmq::transport::leased::LeasedQueue::new(
        "orders",
        lessmq::transport::leased::QueueKind::External,
    ));
    let queue = lessmq::transport::Queue::External { name: "orders".parse().unwrap() };
    let mut consumer = consume(&bus, queue, 1).await;
    broker.delete_queue("orders");
    let ended = tokio::time::timeout(SOON, consumer.next()).await.unwrap();
    assert_eq!(ended.unwrap().unwrap_err().kind(), lessmq::ErrorKind::Topology);
    assert!(consumer.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn many_messages_cost_few_requests() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let mut consumer = consume(&bus, commands(), 50).await;
    let publishing = async {
        for round in 0..20 {
            bus.publish((0..50).map(|n| outgoing(commands(), round * 50 + n)).collect()).await;
        }
    };
    let handling = async {
        let mut handlers = tokio::task::JoinSet::new();
        for _ in 0..1_000 {
            handlers.spawn(acknowledge(next(&mut consumer).await));
        }
        handlers.join_all().await.into_iter().for_each(Result::unwrap);
    };
    tokio::join!(publishing, handling);
    let requests: usize = [Operation::Send, Operation::Receive, Operation::Delete]
        .map(|kind| broker.requests(kind))
        .iter()
        .sum();
    assert!(requests <= 400, "{requests} requests for 1000 messages; 300 is the least");
}

#[tokio::test(start_paused = true)]
async fn many_calls_cost_few_requests() {
    let broker = Scripted::new();
    let bus = std::sync::Arc::new(connect(&broker));
    let mut provider = consume(&bus, calls(), 100).await;
    let serving = tokio::spawn(async move {
        let mut handlers = tokio::task::JoinSet::new();
        for _ in 0..1_000 {
            handlers.spawn(answer(next(&mut provider).await));
        }
        handlers.join_all().await;
    });
    // Fifty callers, each with one call at a time.
    let callers = (0..50).map(|caller| {
        let bus = std::sync::Arc::clone(&bus);
        async move {
            for number in 0..20 {
                call(&bus, caller * 20 + number, SOON).await.unwrap().unwrap();
            }
        }
    });
    futures_util::future::join_all(callers).await;
    serving.await.unwrap();
    let kinds = [Operation::Send, Operation::Receive, Operation::Delete, Operation::Extend];
    let requests: usize = kinds.map(|kind| broker.requests(kind)).iter().sum();
    assert!(requests <= 1_000, "{requests} requests for 1000 calls; 600 is the least");
}
