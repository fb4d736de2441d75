//! A broker that goes away and comes back. Each test has one of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lessmq::ErrorKind;
use lessmq::envelope::Reply;
use lessmq::transport::{
    Address, ConnectOptions, Consumer, Delivery, Group, Settlement, Source, Transport, connect,
};
use tokio::sync::watch;
use tokio::time::Instant;
use xtask::rabbitmq::Node;

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

async fn enter(node: &Node) -> Arc<dyn Transport> {
    connect(node.url(), ConnectOptions::default()).await.unwrap()
}

fn mailer() -> Source {
    let group = Group::Named("mailer".into());
    Source::Events { service: "user".into(), events: vec!["registered".into()], group }
}

#[tokio::test]
async fn a_broker_that_is_absent_is_waited_for_and_told_of_once() {
    let log = LOG.clone();
    let node = with(node("absent").await, |node| node.stop().unwrap()).await;
    let url = node.url().to_owned();
    let broker = url.split(['@', '/']).find(|part| part.starts_with("127.")).unwrap().to_owned();
    let connecting = tokio::spawn(async move { connect(&url, ConnectOptions::default()).await });
    until("the absence is told", || async { !log.about(&broker).is_empty() }).await;
    assert!(!connecting.is_finished(), "connected to nothing");
    let _node = with(node, |node| node.start_again().unwrap()).await;
    let bus = within("the connection", connecting).await.unwrap().unwrap();
    let told = log.about(&broker);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].contains("WARN") && told[0].contains("cannot be reached"), "{}", told[0]);
    assert!(told[1].contains("INFO") && !told.concat().contains("guest"), "{}", told[1]);
    bus.close().await.unwrap();
}

/// Publishes numbers, 64 at a time, until told to stop, and returns those that were confirmed.
async fn publish_numbers(bus: Arc<dyn Transport>, mut stop: watch::Receiver<bool>) -> BTreeSet<u64> {
    let to = event("user", "registered");
    let mut confirmed = BTreeSet::new();
    let mut under_way = FuturesUnordered::new();
    let mut number = 0;
    while !*stop.borrow_and_update() || !under_way.is_empty() {
        while under_way.len() < 64 && !*stop.borrow() {
            let (bus, to) = (&bus, &to);
            let this = number;
            number += 1;
            under_way.push(async move { (this, bus.publish(to, message(&this.to_string())).await) });
        }
        match under_way.next().await {
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
    let (publisher, subscriber) = (enter(&node).await, enter(&node).await);
    let mut consumer = subscriber.consume(&mailer(), PLAIN).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let publishing = tokio::spawn(publish_numbers(Arc::clone(&publisher), stopped));
    let seen = Arc::new(Mutex::new(BTreeMap::<u64, u32>::new()));
    let consuming = tokio::spawn({
        let seen = Arc::clone(&seen);
        async move {
            while let Some(delivery) = consumer.next().await {
                let delivery = delivery.unwrap();
                *seen.lock().unwrap().entry(text(&delivery).parse().unwrap()).or_default() += 1;
                // A connection that broke meanwhile is the other way to get it twice.
                let _ = delivery.settle(Settlement::Acknowledge).await;
            }
        }
    });
    let count = || seen.lock().unwrap().len();
    // RabbitMQ 3.10 forgets a quorum queue whose only node is killed moments after it was declared (its register is
    // written late): the first time it may stop in good order.
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
    within("the consumer ends", consuming).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_everything_goes_on_and_what_was_lost_is_reported() {
    let node = node("restart").await;
    let bus = enter(&node).await;
    let service = "user";
    let to_calls = Address::Calls { service: service.into() };
    let commands = Address::Commands { service: service.into() };
    let calls = Source::Calls { service: service.into() };
    let broadcast = Source::Events {
        service: service.into(),
        events: vec!["registered".into()],
        group: Group::Broadcast,
    };
    let mut callee = bus.consume(&calls, PLAIN).await.unwrap();
    let mut worker = bus.consume(&Source::Commands { service: service.into() }, PLAIN).await.unwrap();
    let mut listener = bus.consume(&broadcast, PLAIN).await.unwrap();
    bus.publish(&commands, message("held")).await.unwrap();
    let held = next(&mut worker).await;
    let deadline = Instant::now() + PATIENCE * 2;
    let calling = tokio::spawn({
        let (bus, to) = (Arc::clone(&bus), to_calls.clone());
        async move { bus.request(&to, message("lost"), deadline).await }
    });
    let mut call = next(&mut callee).await;
    drop(call.responder.take());
    acknowledge(call).await;

    let node = with(node, |node| node.stop().unwrap()).await;
    let error = within("the call ends", calling).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(held.settle(Settlement::Acknowledge).await.unwrap_err().kind(), ErrorKind::Connection);
    // Waits for the broker, which may take longer to start than a publish waits.
    let sending = tokio::spawn(send_patiently(Arc::clone(&bus), commands.clone(), "sent while away"));
    // Consumers restore themselves while somebody waits for them.
    let serving = tokio::spawn(async move {
        let mut delivery = next_patiently(&mut callee).await;
        delivery.responder.take().unwrap().reply(Reply::new("found")).await.unwrap();
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
    assert_eq!(seen, BTreeMap::from([("held".to_owned(), 2), ("sent while away".to_owned(), 1)]));
    let deadline = Instant::now() + PATIENCE;
    let reply = bus.request(&to_calls, message("again"), deadline).await.unwrap();
    assert_eq!(reply.data, "found");
    within("the callee", serving).await.unwrap();
    until("the listener is back", || async {
        bus.publish(&event("user", "registered"), message("anew")).await.unwrap();
        listening.is_finished()
    })
    .await;
    listening.await.unwrap();
    bus.close().await.unwrap();
}

async fn send_patiently(bus: Arc<dyn Transport>, to: Address, text: &'static str) {
    while let Err(error) = bus.publish(&to, message(text)).await {
        assert_eq!(error.kind(), ErrorKind::Connection);
    }
}

async fn next_patiently(consumer: &mut Consumer) -> Delivery {
    tokio::time::timeout(PATIENCE * 2, consumer.next()).await.unwrap().unwrap().unwrap()
}
