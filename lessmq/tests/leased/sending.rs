//! Sending: nothing is lost, and order is kept.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use lessmq::ErrorKind;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use lessmq::transport::{Outgoing, Transport};
use tokio::time::{Instant, sleep};

use super::harness::*;

async fn received(bus: &lessmq::transport::leased::Leased, count: usize) -> BTreeSet<u32> {
    acknowledge_many(&mut consume(bus, commands(), 10).await, count).await.into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_batch_that_fails_is_sent_again_alone() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    broker.script(Operation::Send, [Fault::Part(vec![0, 3, 9])]);
    let results = bus.publish((0..10).map(|n| outgoing(commands(), n)).collect()).await;
    assert!(results.iter().all(Result::is_ok));
    assert!(broker.requests(Operation::Send) <= 4, "each waits by itself before it is sent again");
    assert_eq!(broker.count(COMMANDS).0, 10, "nothing is stored twice");
    assert_eq!(received(&bus, 10).await, (0..10).collect());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_throttled_is_repeated_later() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    broker.script(Operation::Ensure, [Fault::Throttle]);
    broker.script(Operation::Send, [Fault::Throttle, Fault::Throttle]);
    let started = Instant::now();
    publish(&bus, &commands(), [1]).await;
    assert!(started.elapsed() > Duration::from_millis(300), "{:?}", started.elapsed());
    assert_eq!(broker.count(COMMANDS).0, 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_may_not_be_stored_is_sent_again() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    broker.script(Operation::Send, [Fault::LoseAnswer]);
    publish(&bus, &commands(), [1]).await;
    assert_eq!(broker.count(COMMANDS).0, 2);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_broker_is_an_error_in_the_end() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    broker.script_always(Operation::Send, Fault::Throttle);
    let started = Instant::now();
    let error = bus.publish_one(outgoing(commands(), 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(started.elapsed() <= Duration::from_secs(31), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_does_not_answer_is_an_error_in_the_end() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    broker.script_always(Operation::Send, Fault::Slow(Duration::from_secs(600)));
    assert_eq!(bus.publish_one(outgoing(commands(), 1)).await.unwrap_err().kind(), ErrorKind::Connection);
}

#[tokio::test(start_paused = true)]
async fn a_slow_queue_does_not_hold_up_another() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    broker.script(Operation::Send, [Fault::Slow(Duration::from_secs(10))]);
    let started = Instant::now();
    let slow = bus.publish_one(outgoing(commands(), 1));
    let quick = async {
        sleep(Duration::from_millis(1)).await;
        bus.publish_one(outgoing(event(), 2)).await.unwrap();
        started.elapsed()
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert!(slow.is_ok() && quick < Duration::from_secs(1), "{quick:?}");
}

#[tokio::test(start_paused = true)]
async fn messages_of_many_tasks_are_sent_together() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let results = join_all((0..100).map(|n| bus.publish_one(outgoing(commands(), n)))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(broker.requests(Operation::Send), 10);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_caller_does_not_affect_others() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    broker.script(Operation::Send, [Fault::Slow(Duration::from_secs(1))]);
    let leaving = tokio::time::timeout(Duration::from_millis(10), bus.publish_one(outgoing(commands(), 1)));
    let (left, stayed) = tokio::join!(leaving, bus.publish_one(outgoing(commands(), 2)));
    assert!(left.is_err() && stayed.is_ok());
}

#[tokio::test(start_paused = true)]
async fn order_is_kept_when_a_part_of_a_batch_fails() {
    for fault in [Fault::Part(vec![0]), Fault::Part(vec![1]), Fault::Throttle, Fault::LoseAnswer] {
        let broker = Scripted::new();
        let bus = connect(&broker);
        broker.script(Operation::Send, [Fault::None, fault.clone(), fault.clone()]);
        let batch =
            (0..20).map(|n| Outgoing::new(ordered_commands(), keyed(n, if n % 2 == 0 { "a" } else { "b" })));
        assert!(bus.publish(batch.collect()).await.iter().all(Result::is_ok));
        let mut consumer = consume(&bus, ordered_commands(), 1).await;
        let numbers = acknowledge_many(&mut consumer, 20).await;
        for parity in 0..2 {
            let of_key: Vec<_> = numbers.iter().copied().filter(|n| n % 2 == parity).collect();
            assert!(of_key.is_sorted(), "{fault:?}: {of_key:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_message_is_stored_after_an_earlier_one_of_its_key_was_given_up() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    // The first message of the batch is refused each time.
    broker.script_always(Operation::Send, Fault::Part(vec![0]));
    let batch = (0..3).map(|n| Outgoing::new(ordered_commands(), keyed(n, "a"))).collect();
    let results = bus.publish(batch).await;
    assert!(results.iter().all(Result::is_err));
    assert_eq!(broker.count("shop_user_commands_ordered.fifo").0, 0);
}

#[tokio::test(start_paused = true)]
async fn a_broker_whose_batches_are_stored_all_or_none_gets_one_request_for_a_key() {
    let broker = Scripted::new().with_limits(|limits| limits.atomic_batches = true);
    let bus = connect(&broker);
    broker.script(Operation::Send, [Fault::Throttle]);
    let batch = (0..10).map(|n| Outgoing::new(ordered_commands(), keyed(n, "a"))).collect();
    assert!(bus.publish(batch).await.iter().all(Result::is_ok));
    assert_eq!(broker.requests(Operation::Send), 2);
    let numbers = acknowledge_many(&mut consume(&bus, ordered_commands(), 1).await, 10).await;
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_was_deleted_is_created_again() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    publish(&bus, &commands(), [1]).await;
    broker.delete_queue(COMMANDS);
    publish(&bus, &commands(), [2]).await;
    assert_eq!(broker.count(COMMANDS).0, 1);
}
