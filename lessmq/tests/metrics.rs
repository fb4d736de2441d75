//! The metrics, over the in-process bus. It is one test, because a program has one recorder.

use std::collections::HashMap;

use lessmq::envelope::Envelope;
use lessmq::telemetry::name;
use lessmq::transport::{ConsumeOptions, Outgoing, Queue, Settlement, Source};
use lessmq::{App, Bus, HandlerResult, RetryPolicy};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

#[lessmq::interface(service = "counter")]
trait Counter {
    async fn add(&self, a: u32, b: u32) -> Result<u32, String>;

    #[command]
    async fn fail(&self) -> HandlerResult;
}

mod after {
    #[lessmq::interface(service = "counter", version = 2)]
    pub(super) trait Counter {
        async fn add(&self, numbers: Vec<u32>) -> u32;
    }
}

struct Adder;

impl after::Counter for Adder {
    async fn add(&self, numbers: Vec<u32>) -> u32 {
        numbers.iter().sum()
    }
}

impl Counter for Adder {
    async fn add(&self, a: u32, b: u32) -> Result<u32, String> {
        a.checked_add(b).ok_or_else(|| "too much".to_owned())
    }

    async fn fail(&self) -> HandlerResult {
        Err("it always fails".into())
    }
}

/// The counters, by name, method, outcome and caller.
fn counters(snapshotter: &Snapshotter) -> HashMap<String, u64> {
    let mut counters = HashMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let label =
            |name| key.key().labels().find(|label| label.key() == name).map(|label| label.value().to_owned());
        let path = [Some(key.key().name().to_owned()), label("method"), label("outcome"), label("caller")];
        if let DebugValue::Counter(count) = value {
            counters.insert(path.into_iter().flatten().collect::<Vec<_>>().join(" "), count);
        }
    }
    counters
}

#[tokio::test]
async fn calls_redeliveries_and_dead_letters_are_counted() {
    let bus = Bus::memory().named("desk");
    // The client is created first, because a program may install its recorder later.
    let client = CounterClient::new(&bus);
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();

    let retry = RetryPolicy {
        max_attempts: 2,
        initial_delay: std::time::Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let app = App::new(bus.clone()).serve(CounterServer::new(Adder).retry(retry));
    let app = app.serve(after::CounterServer::new(Adder)).start().await.unwrap();
    assert_eq!(client.add(1, 2).await.unwrap(), 3);
    assert!(client.add(u32::MAX, 1).await.is_err());
    client.fail().await.unwrap();
    assert_eq!(after::CounterClient::new(&bus.named("web")).add(vec![1, 2]).await.unwrap(), 3);
    let commands = Queue::Commands { service: "counter".parse().unwrap(), ordered: false };
    let unknown = Envelope::new("other", "counter.unknown", "{}");
    bus.send(Outgoing::new(commands.clone(), unknown)).await.unwrap();

    let dead = Source::DeadLetters(Box::new(commands.into()));
    let mut letters = bus.transport().consume(&dead, ConsumeOptions::new(2)).await.unwrap();
    for _ in 0..2 {
        letters.next().await.unwrap().unwrap().settle(Settlement::Acknowledge).await.unwrap();
    }
    app.shut_down().await.unwrap();

    let counters = counters(&snapshotter);
    assert!(
        !counters.keys().any(|key| key.starts_with(&format!("{} fail", name::SERVER_CALLERS))),
        "it has one version"
    );
    for (metric, expected) in [
        (format!("{} add ok", name::CLIENT_REQUESTS), 1),
        (format!("{} add rejected", name::CLIENT_REQUESTS), 1),
        (format!("{} fail ok", name::CLIENT_REQUESTS), 1),
        (format!("{} add ok", name::SERVER_HANDLED), 1),
        (format!("{} add rejected", name::SERVER_HANDLED), 1),
        (format!("{} add@2 ok", name::SERVER_HANDLED), 1),
        (format!("{} add desk", name::SERVER_CALLERS), 2),
        (format!("{} add@2 web", name::SERVER_CALLERS), 1),
        (format!("{} fail failed", name::SERVER_HANDLED), 2),
        (format!("{} fail", name::SERVER_REDELIVERIES), 1),
        (format!("{} fail", name::SERVER_DEAD_LETTERS), 1),
        (format!("{} (unknown)", name::SERVER_DEAD_LETTERS), 1),
    ] {
        assert_eq!(counters.get(&metric), Some(&expected), "{metric} in {counters:?}");
    }
}
