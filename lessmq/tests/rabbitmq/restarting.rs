//! A broker that stops and starts again. Each test has its own broker.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lessmq::ErrorKind;
use lessmq::envelope::Frame;
use lessmq::transport::{
    ConnectOptions, Consumer, Delivery, Destination, Group, Queue, Settlement, Source, Subscription,
    Transport, connect,
};
use tokio::sync::watch;
use tokio::time::Instant;
use xtask::rabbitmq::Node;

use crate::log::LOG;
use crate::support::*;

async fn node(name: &'static str) -> Node {
    blocking(move || Node::start(name)).await.expect("RabbitMQ starts")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn with(mut node: Node, work: impl FnOnce(&mut Node) + Send + 'static) -> Node {
    blocking(move || {
        work(&mut node);
        node
    })
    .await
}

async fn connect_to(node: &Node) -> Arc<dyn Transport> {
    connect(node.url(), ConnectOptions::default()).await.unwrap()
}

fn mailer() -> Source {
    let group = Group::Named("mailer".parse().unwrap());
    let topics = vec![topic("user", "registered", false)];
    Subscription::new("user".parse().unwrap(), topics, group).into()
}

#[tokio::test]
async fn connecting_waits_for_an_unreachable_broker_and_logs_it_once() {
    let log = LOG.clone();
    let node = with(node("absent").await, |node| node.stop().unwrap()).await;
    let url = node.url().to_owned();
    let broker = url.split(['@', '/']).find(|part| part.starts_with("127.")).unwrap().to_owned();
    let connecting = tokio::spawn(async move { connect(&url, ConnectOptions::default()).await });
    until("it is logged", || async { !log.about(&broker).is_empty() }).await;
    assert!(!connecting.is_finished(), "connected to nothing");
    let _node = with(node, |node| node.start_again().unwrap()).await;
    let bus = within("the connection", connecting).await.unwrap().unwrap();
    let logged = log.about(&broker);
    assert_eq!(logged.len(), 2, "{logged:#?}");
    assert!(logged[0].contains("WARN") && logged[0].contains("is unreachable"), "{}", logged[0]);
    assert!(logged[1].contains("INFO") && !logged.concat().contains("guest"), "{}", logged[1]);
    bus.close().await.unwrap();
}

#[tokio::test]
async fn the_connection_status_says_whether_the_broker_is_there() {
    let node = node("status").await;
    let bus = connect_to(&node).await;
    let consumer = bus.consume(&mailer(), prefetch(1)).await.unwrap();
    let first = bus.connection_status();
    assert!(first.connected, "{first:?}");
    let node = with(node, |node| node.stop().unwrap()).await;
    until("it is lost", || async { !bus.connection_status().connected }).await;
    let lost = bus.connection_status();
    assert!(lost.since >= first.since && lost.reason.is_some(), "{lost:?}");
    let _node = with(node, |node| node.start_again().unwrap()).await;
    until("it is restored", || async { bus.connection_status().connected }).await;
    assert!(bus.connection_status().since >= lost.since);
    drop(consumer);
    bus.close().await.unwrap();
}

/// Publishes numbers, 64 at a time, until `stop`, and returns the ones that were confirmed.
async fn publish_numbers(bus: Arc<dyn Transport>, mut stop: watch::Receiver<bool>) -> BTreeSet<u64> {
    let to = event("user", "registered");
    let mut confirmed = BTreeSet::new();
    let mut in_progress = FuturesUnordered::new();
    let mut number = 0;
    while !*stop.borrow_and_update() || !in_progress.is_empty() {
        while in_progress.len() < 64 && !*stop.borrow() {
            let (bus, to) = (&bus, &to);
            let this = number;
            number += 1;
            in_progress.push(async move { (this, publish(bus, to, message(&this.to_string())).await) });
        }
        match in_progress.next().await {
            Some((number, Ok(()))) => {
                confirmed.insert(number);
            }
            Some((_, Err(error))) => assert_eq!(error.kind(), ErrorKind::Connection, "{error:#}"),
            None => {}
        }
    }
    confirmed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_whose_publish_succeeded_arrives_through_kills_and_restarts() {
    let mut node = node("kills").await;
    let (publisher, subscriber) = (connect_to(&node).await, connect_to(&node).await);
    let mut consumer = subscriber.consume(&mailer(), prefetch(8)).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let publishing = tokio::spawn(publish_numbers(Arc::clone(&publisher), stopped));
    let seen = Arc::new(Mutex::new(BTreeMap::<u64, u32>::new()));
    let consuming = tokio::spawn({
        let seen = Arc::clone(&seen);
        async move {
            while let Some(delivery) = consumer.next().await {
                let delivery = delivery.unwrap();
                *seen.lock().unwrap().entry(text(&delivery).parse().unwrap()).or_default() += 1;
                // If the connection broke in the meantime, the message is delivered again.
                let _ = delivery.settle(Settlement::Acknowledge).await;
            }
        }
    });
    let count = || seen.lock().unwrap().len();
    // RabbitMQ 3.10 loses a quorum queue if its only node is killed moments after the queue was declared. So the first
    // stop is a clean one.
    for kill in [false, true, true] {
        let before = count();
        until("events flow", || async { count() > before + 300 }).await;
        node = with(node, move |node| {
            if kill { node.kill() } else { node.stop() }.unwrap();
            node.start_again().unwrap();
        })
        .await;
    }
    let before = count();
    until("events flow", || async { count() > before + 300 }).await;
    stop.send(true).unwrap();
    let confirmed = within("the last confirms", publishing).await.unwrap();
    assert!(confirmed.len() > 900);
    until("all confirmed events arrive", || async {
        confirmed.iter().all(|number| seen.lock().unwrap().contains_key(number))
    })
    .await;
    subscriber.close().await.unwrap();
    within("the end of the consumer", consuming).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_everything_works_and_losses_are_reported() {
    let node = node("restart").await;
    let bus = connect_to(&node).await;
    let to_calls = calls("user");
    let queue = Queue::Commands { service: "user".parse().unwrap(), ordered: false };
    let commands = Destination::Queue(queue.clone());
    let mut callee = bus.consume(&Source::Queue(to_calls.clone()), prefetch(8)).await.unwrap();
    let mut worker = bus.consume(&Source::Queue(queue), prefetch(8)).await.unwrap();
    let mut listener = bus.consume(&broadcast("user", "registered"), prefetch(8)).await.unwrap();
    publish(&bus, &commands, message("held")).await.unwrap();
    let held = next(&mut worker).await;
    let deadline = Instant::now() + PATIENCE * 2;
    let calling = tokio::spawn({
        let (bus, to) = (Arc::clone(&bus), to_calls.clone());
        async move { call(&bus, &to, message("lost"), deadline).await }
    });
    let mut lost = next(&mut callee).await;
    drop(lost.responder.take());
    acknowledge(lost).await;

    let node = with(node, |node| node.stop().unwrap()).await;
    let error = within("the end of the call", calling).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(held.settle(Settlement::Acknowledge).await.unwrap_err().kind(), ErrorKind::Connection);
    // The broker may take longer to start than one publish waits.
    let sending = tokio::spawn(send_patiently(Arc::clone(&bus), commands.clone(), "sent while unreachable"));
    // Consumers are restored while they are polled.
    let serving = tokio::spawn(async move {
        let mut delivery = next_patiently(&mut callee).await;
        delivery.responder.take().unwrap().send(Frame::bare("found")).await.unwrap();
        acknowledge(delivery).await;
    });
    let listening = tokio::spawn(async move {
        let delivery = next_patiently(&mut listener).await;
        acknowledge(delivery).await;
    });
    let _node = with(node, |node| node.start_again().unwrap()).await;

    within("the command is stored", sending).await.unwrap();
    let mut seen = BTreeMap::new();
    while seen.len() < 2 {
        let delivery = next(&mut worker).await;
        seen.insert(text(&delivery).to_owned(), delivery.attempt);
        acknowledge(delivery).await;
    }
    assert_eq!(seen, BTreeMap::from([("held".to_owned(), 2), ("sent while unreachable".to_owned(), 1)]));
    let deadline = Instant::now() + PATIENCE;
    let reply = call(&bus, &to_calls, message("again"), deadline).await.unwrap();
    assert_eq!(reply.data, "found");
    within("the callee", serving).await.unwrap();
    until("the listener is back", || async {
        publish(&bus, &event("user", "registered"), message("anew")).await.unwrap();
        listening.is_finished()
    })
    .await;
    listening.await.unwrap();
    bus.close().await.unwrap();
}

async fn send_patiently(bus: Arc<dyn Transport>, to: Destination, text: &'static str) {
    while let Err(error) = publish(&bus, &to, message(text)).await {
        assert_eq!(error.kind(), ErrorKind::Connection);
    }
}

async fn next_patiently(consumer: &mut Consumer) -> Delivery {
    tokio::time::timeout(PATIENCE * 2, consumer.next()).await.unwrap().unwrap().unwrap()
}
