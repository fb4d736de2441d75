//! Every event whose publish returned `Ok` is handled at least once, while the broker restarts several times.
//!
//! `cargo xtask soak` runs the same with more events and more restarts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use lessmq::transport::{self, ConnectOptions};
use lessmq::{App, Bus, HandlerResult};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep};
use xtask::rabbitmq::Node;

/// How many events are published at a time.
const MAX_IN_FLIGHT: usize = 64;
/// How long the test waits for the next event.
const PATIENCE: Duration = Duration::from_secs(120);

/// Events with numbers.
#[lessmq::interface(service = "soak", events)]
trait SoakEvents {
    /// Something happened.
    async fn happened(&self, number: u32) -> lessmq::HandlerResult;
}

/// How often each event was handled.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<BTreeMap<u32, u32>>>);

impl Seen {
    fn count(&self, number: u32) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(number).or_default() += 1;
    }

    fn times(&self) -> BTreeMap<u32, u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl SoakEvents for Seen {
    async fn happened(&self, number: u32) -> HandlerResult {
        self.count(number);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stored_event_is_lost_when_the_broker_restarts() {
    let (events, restarts) = (setting("LESSMQ_SOAK_EVENTS", 3000), setting("LESSMQ_SOAK_RESTARTS", 2));
    let broker = spawn_blocking(|| Node::start("soak").expect("RabbitMQ is installed"))
        .await
        .expect("it does not panic");
    let started = Instant::now();
    let seen = Seen::default();
    let consumer = connect(&broker).await;
    let running = App::new(consumer.clone())
        .subscribe("soak", SoakEventsServer::new(seen.clone()))
        .start()
        .await
        .expect("the consumer starts");
    let publisher = connect(&broker).await;
    let stored = Arc::new(AtomicUsize::new(0));
    let outages = restart(broker, restarts, events, Arc::clone(&stored));

    let failures = publish(&SoakEventsClient::new(&publisher), events, &stored).await;
    let published = started.elapsed();
    let broker = outages.await.expect("the broker restarts each time");
    let missing = missing(&seen, events).await;
    let handled = seen.times().values().sum::<u32>();
    eprintln!(
        "{events} events, {restarts} restarts: published in {:.1} s after {failures} failed attempts, \
         handled {handled} times after {:.1} s, {} lost",
        published.as_secs_f64(),
        started.elapsed().as_secs_f64(),
        missing.len(),
    );
    assert!(missing.is_empty(), "lost: {:?} …", &missing[..missing.len().min(20)]);

    running.shut_down().await.expect("the app drains");
    consumer.close().await.expect("the connection closes");
    publisher.close().await.expect("the connection closes");
    spawn_blocking(|| drop(broker)).await.expect("the broker stops");
}

fn setting(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a whole number"))
}

async fn connect(broker: &Node) -> Bus {
    let options = ConnectOptions::default();
    Bus::new(transport::connect(broker.url(), options).await.expect("the broker accepts the connection"))
}

/// Publishes each event until that returns `Ok`. Returns the number of failed attempts.
async fn publish(client: &SoakEventsClient, events: u32, stored: &AtomicUsize) -> usize {
    let publishing = stream::iter(0..events).map(|number| async move {
        let mut failures = 0;
        while let Err(error) = client.happened(number).await {
            assert!(error.is_retryable(), "{error:#}");
            failures += 1;
        }
        stored.fetch_add(1, Ordering::Relaxed);
        failures
    });
    publishing.buffer_unordered(MAX_IN_FLIGHT).fold(0, |sum, failures| async move { sum + failures }).await
}

/// Restarts the broker several times while the events are published: alternately by a clean stop and by a kill.
fn restart(mut broker: Node, times: u32, events: u32, stored: Arc<AtomicUsize>) -> JoinHandle<Node> {
    tokio::spawn(async move {
        for time in 1..=times {
            let next = events as usize * time as usize / (times as usize + 1);
            while stored.load(Ordering::Relaxed) < next {
                sleep(Duration::from_millis(1)).await;
            }
            broker = spawn_blocking(move || {
                let down = if time % 2 == 0 { broker.kill() } else { broker.stop() };
                down.and_then(|()| broker.start_again()).expect("the broker restarts");
                broker
            })
            .await
            .expect("it does not panic");
        }
        broker
    })
}

/// The events that were not handled when no more events arrive.
async fn missing(seen: &Seen, events: u32) -> Vec<u32> {
    let (mut last, mut since) = (0, Instant::now());
    loop {
        let times = seen.times();
        if times.len() == events as usize || since.elapsed() > PATIENCE {
            return (0..events).filter(|number| !times.contains_key(number)).collect();
        }
        if times.len() > last {
            (last, since) = (times.len(), Instant::now());
        }
        sleep(Duration::from_millis(100)).await;
    }
}
