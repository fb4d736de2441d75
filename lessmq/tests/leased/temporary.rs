//! Temporary queues: all of them are removed in the end, and no other queue.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lessmq::transport::Transport;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use lessmq::transport::leased::{HEARTBEAT, LeasedBroker, LeasedQueue, QueueKind};
use tokio::time::sleep;

use super::harness::*;

const LONG: Duration = Duration::from_secs(60);

/// A queue with the tags of a process whose last heartbeat was `silent` ago.
fn tagged(broker: &Scripted, name: &str, tags: &[(&str, &str)], silent: Option<Duration>) {
    let mut queue = LeasedQueue::new(name, QueueKind::Replies);
    queue.tags = tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    if let Some(silent) = silent {
        let beat = (broker.now() - silent).duration_since(SystemTime::UNIX_EPOCH).unwrap();
        queue.tags.insert("lessmq-heartbeat".to_owned(), beat.as_secs().to_string());
    }
    broker.create_queue(queue);
}

const OURS: [(&str, &str); 2] = [("lessmq-namespace", "shop"), ("lessmq-owner", "killed")];

/// Makes a call, so that there is a reply queue.
async fn make_a_call(broker: &Scripted) -> Arc<lessmq::transport::leased::Leased> {
    let bus = Arc::new(connect(broker));
    let mut provider = consume(&bus, calls(), 1).await;
    let calling = call(&bus, 1, LONG);
    answer(next(&mut provider).await).await;
    assert!(calling.await.unwrap().is_ok());
    bus
}

fn temporary_queues(broker: &Scripted) -> Vec<String> {
    let names = broker.queues().into_iter();
    names.filter(|name| name.contains("replies") || name.contains("broadcast")).collect()
}

#[tokio::test(start_paused = true)]
async fn no_reply_queue_is_left_after_close() {
    let broker = Scripted::new();
    let bus = make_a_call(&broker).await;
    assert_eq!(temporary_queues(&broker).len(), 1);
    broker.script(Operation::Remove, [Fault::Throttle]);
    bus.close().await.unwrap();
    assert!(temporary_queues(&broker).is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_reply_queue_is_left_of_a_connection_that_is_dropped() {
    let broker = Scripted::new();
    drop(make_a_call(&broker).await);
    settle_down().await;
    assert!(temporary_queues(&broker).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_queue_of_a_broadcast_goes_with_its_consumer() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let (one, mut other) = (consume(&bus, broadcast(), 1).await, consume(&bus, broadcast(), 1).await);
    assert_eq!(temporary_queues(&broker).len(), 2);
    drop(one);
    settle_down().await;
    assert_eq!(temporary_queues(&broker).len(), 1);
    bus.publish_one(outgoing(event(), 1)).await.unwrap();
    let delivery = next(&mut other).await;
    drop(other);
    settle_down().await;
    acknowledge(delivery).await.unwrap();
    settle_down().await;
    assert!(temporary_queues(&broker).is_empty());
}

#[tokio::test(start_paused = true)]
async fn orphans_are_swept_and_nothing_else() {
    let broker = Scripted::new();
    let long_ago = HEARTBEAT * 4;
    tagged(&broker, "shop_replies_orphan", &OURS, Some(long_ago));
    tagged(&broker, "shop_replies_alive", &OURS, Some(HEARTBEAT));
    tagged(&broker, "shop_replies_without_tags", &[], None);
    tagged(&broker, "shop_replies_without_heartbeat", &OURS, None);
    tagged(&broker, "shop_replies_without_owner", &OURS[..1], Some(long_ago));
    tagged(&broker, "shop_replies_of_another", &[("lessmq-namespace", "other"), OURS[1]], Some(long_ago));
    tagged(&broker, "other_replies", &OURS, Some(long_ago));
    let _bus = make_a_call(&broker).await;
    settle_down().await;
    let left = temporary_queues(&broker);
    assert!(!left.contains(&"shop_replies_orphan".to_owned()));
    assert_eq!(left.len(), 7, "six and our own: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn queues_of_a_process_that_is_killed_later_are_swept_later() {
    let broker = Scripted::new();
    let _bus = make_a_call(&broker).await;
    settle_down().await;
    tagged(&broker, "shop_replies_orphan", &OURS, Some(Duration::ZERO));
    sleep(HEARTBEAT * 2).await;
    assert_eq!(temporary_queues(&broker).len(), 2);
    sleep(HEARTBEAT * 4).await;
    assert_eq!(temporary_queues(&broker).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn queues_that_are_in_use_are_kept_for_as_long_as_that_takes() {
    let broker = Scripted::new();
    let (one, other) = (make_a_call(&broker).await, make_a_call(&broker).await);
    let _consumer = consume(&one, broadcast(), 1).await;
    sleep(HEARTBEAT * 50).await;
    assert_eq!(temporary_queues(&broker).len(), 3);
    other.close().await.unwrap();
    one.close().await.unwrap();
    assert_eq!(temporary_queues(&broker), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn sweeping_costs_one_list_for_each_heartbeat_however_many_processes_there_are() {
    let broker = Scripted::new();
    let mut buses = Vec::new();
    for _ in 0..20 {
        buses.push(make_a_call(&broker).await);
    }
    sleep(HEARTBEAT * 40).await;
    let before = broker.requests(Operation::Tagged);
    sleep(HEARTBEAT * 100).await;
    let lists = broker.requests(Operation::Tagged) - before;
    assert!((90..=110).contains(&lists), "{lists} lists in 100 heartbeats of 20 processes");
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_whose_queue_was_deleted_continues() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let mut consumer = consume(&bus, broadcast(), 1).await;
    broker.delete_queue(&temporary_queues(&broker)[0]);
    sleep(LONG).await;
    bus.publish_one(outgoing(event(), 1)).await.unwrap();
    assert_eq!(number(&next(&mut consumer).await), 1);
}
