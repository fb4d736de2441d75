//! Spans, through `tracing`, and metrics, through the facade `metrics`.
//!
#![doc = include_str!("docs/otel.md")]

#[cfg(not(feature = "otel"))]
mod no_otel;
#[cfg(feature = "otel")]
mod otel;
pub(crate) mod spans;

use metrics::{Counter, Gauge, Histogram, IntoF64, Label, Unit};
#[cfg(not(feature = "otel"))]
use no_otel as otel;
use tokio::time::Instant;

pub(crate) use self::otel::{HandlerTrace, trace_of};

/// Names of the metrics.
pub mod name {
    pub use crate::transport::kit::{CONNECTED, LEASES_LOST};

    /// Counter: messages sent by clients. Labels `service`, `method`, `outcome`.
    pub const CLIENT_REQUESTS: &str = "lessmq_client_requests_total";
    /// Histogram, seconds: from sending a call to its reply, or from publishing a message until it was stored. Labels
    /// `service`, `method`.
    pub const CLIENT_DURATION: &str = "lessmq_client_request_duration_seconds";
    /// Counter: messages handled. Labels `service`, `method`, `outcome`.
    pub const SERVER_HANDLED: &str = "lessmq_server_handled_total";
    /// Histogram, seconds: how long handlers ran. Labels `service`, `method`.
    pub const SERVER_DURATION: &str = "lessmq_server_handler_duration_seconds";
    /// Gauge: running handlers. Labels `service`, `method`.
    pub const SERVER_IN_FLIGHT: &str = "lessmq_server_in_flight";
    /// Gauge: methods of providers whose contract is incompatible, which clients refuse to call.
    pub const REFUSED_METHODS: &str = "lessmq_refused_methods";
    /// Counter: messages of methods that are served in several versions. Labels `service`, `method` and `caller`, the sender
    /// of the messages. A process counts at most 64 callers of a method separately, and the others as `(others)`.
    pub const SERVER_CALLERS: &str = "lessmq_server_callers_total";
    /// Counter: deliveries after the first. Labels `service`, `method`.
    pub const SERVER_REDELIVERIES: &str = "lessmq_server_redeliveries_total";
    /// Counter: messages moved to the dead letters. Labels `service`, `method`, which is `(unknown)` for messages without a handler.
    pub const SERVER_DEAD_LETTERS: &str = "lessmq_server_dead_letters_total";
    /// Counter: messages that were published from an outbox.
    pub const OUTBOX_PUBLISHED: &str = "lessmq_outbox_published_total";
    /// Counter: messages that were set aside in an outbox because they can never be published.
    pub const OUTBOX_SET_ASIDE: &str = "lessmq_outbox_set_aside_total";
}

/// How the handling of a message ended, as a label.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending {
    Ok,
    Rejected,
    Failed,
}

/// One counter for each way a message can end.
pub(crate) struct Endings([Counter; 3]);

impl Endings {
    fn new(name: &'static str, service: &str, method: &str) -> Self {
        Self(["ok", "rejected", "failed"].map(|outcome| {
            let mut labels = labels(service, method);
            labels.push(Label::from_static_parts("outcome", outcome));
            metrics::counter!(name, labels)
        }))
    }

    pub(crate) fn count(&self, ending: Ending) {
        self.0[ending as usize].increment(1);
    }
}

/// The time since an instant, as the value of a histogram. The clock is read only if a recorder takes the value.
pub(crate) struct Since(pub(crate) Instant);

impl IntoF64 for Since {
    fn into_f64(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// The metrics of one method at its client.
pub(crate) struct ClientMetrics {
    pub(crate) endings: Endings,
    pub(crate) duration: Histogram,
}

impl ClientMetrics {
    pub(crate) fn new(service: &str, method: &str) -> Self {
        Self {
            endings: Endings::new(name::CLIENT_REQUESTS, service, method),
            duration: metrics::histogram!(name::CLIENT_DURATION, labels(service, method)),
        }
    }
}

/// The metrics of one method at its server.
pub(crate) struct ServerMetrics {
    pub(crate) endings: Endings,
    pub(crate) duration: Histogram,
    pub(crate) in_flight: Gauge,
    pub(crate) redeliveries: Counter,
    pub(crate) dead_letters: Counter,
}

impl ServerMetrics {
    pub(crate) fn new(service: &str, method: &str) -> Self {
        Self {
            endings: Endings::new(name::SERVER_HANDLED, service, method),
            duration: metrics::histogram!(name::SERVER_DURATION, labels(service, method)),
            in_flight: metrics::gauge!(name::SERVER_IN_FLIGHT, labels(service, method)),
            redeliveries: metrics::counter!(name::SERVER_REDELIVERIES, labels(service, method)),
            dead_letters: metrics::counter!(name::SERVER_DEAD_LETTERS, labels(service, method)),
        }
    }
}

/// Counts a message that has no handler.
pub(crate) fn count_rejected(service: &str) {
    metrics::counter!(name::SERVER_DEAD_LETTERS, labels(service, "(unknown)")).increment(1);
}

/// The counter of the messages of `caller`.
pub(crate) fn caller_counter(service: &str, method: &str, caller: &str) -> Counter {
    let mut labels = labels(service, method);
    labels.push(Label::new("caller", caller.to_owned()));
    metrics::counter!(name::SERVER_CALLERS, labels)
}

fn labels(service: &str, method: &str) -> Vec<Label> {
    vec![Label::new("service", service.to_owned()), Label::new("method", method.to_owned())]
}

/// Describes the metrics to the recorder. Call it once, after installing the recorder.
pub fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!(name::CLIENT_REQUESTS, "Messages sent by clients");
    describe_histogram!(
        name::CLIENT_DURATION,
        Unit::Seconds,
        "From sending a message to its reply or storage"
    );
    describe_counter!(name::SERVER_HANDLED, "Messages handled");
    describe_histogram!(name::SERVER_DURATION, Unit::Seconds, "How long handlers ran");
    describe_gauge!(name::SERVER_IN_FLIGHT, "Running handlers");
    describe_gauge!(name::CONNECTED, "1 while a connection to the broker is up, otherwise 0");
    describe_gauge!(
        name::REFUSED_METHODS,
        "Methods that clients refuse to call because of an incompatible contract"
    );
    describe_counter!(
        name::SERVER_CALLERS,
        "Messages of methods that are served in several versions, by caller"
    );
    describe_counter!(name::SERVER_REDELIVERIES, "Deliveries after the first");
    describe_counter!(name::SERVER_DEAD_LETTERS, "Messages moved to the dead letters");
    describe_counter!(name::LEASES_LOST, "Leases that ended before their deliveries were settled");
    describe_counter!(name::OUTBOX_PUBLISHED, "Messages published from an outbox");
    describe_counter!(
        name::OUTBOX_SET_ASIDE,
        "Messages set aside in an outbox because they can never be published"
    );
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::sync::Mutex;
    use std::{fs, io};

    use metrics::{Key, KeyName, Metadata, Recorder, SharedString};
    use metrics_util::debugging::DebuggingRecorder;

    use super::*;

    /// Records which metrics are described.
    #[derive(Default)]
    struct Described(Mutex<BTreeSet<String>>);

    impl Described {
        fn add(&self, name: &KeyName, description: &SharedString) {
            assert!(!description.is_empty(), "{name:?}");
            self.0.lock().unwrap().insert(name.as_str().to_owned());
        }
    }

    impl Recorder for Described {
        fn describe_counter(&self, name: KeyName, _: Option<Unit>, description: SharedString) {
            self.add(&name, &description);
        }

        fn describe_gauge(&self, name: KeyName, _: Option<Unit>, description: SharedString) {
            self.add(&name, &description);
        }

        fn describe_histogram(&self, name: KeyName, _: Option<Unit>, description: SharedString) {
            self.add(&name, &description);
        }

        fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
            Counter::noop()
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    /// The text of every source file of the library, without its unit tests.
    fn sources(directory: &Path) -> io::Result<Vec<String>> {
        let mut texts = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                texts.extend(sources(&path)?);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(path)?;
                texts.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
        Ok(texts)
    }

    /// What is between `start` and `end`, wherever it occurs.
    fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(start).skip(1).map(move |rest| rest.split(end).next().unwrap_or_default())
    }

    #[test]
    fn every_metric_of_the_library_is_described_by_its_constant() {
        let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
        let constants = sources.iter().flat_map(|text| between(text, ": &str = \"lessmq_", "\""));
        let constants: BTreeSet<String> = constants.map(|name| format!("lessmq_{name}")).collect();
        assert!(constants.contains(name::LEASES_LOST), "{constants:?}");

        let described = Described::default();
        metrics::with_local_recorder(&described, describe);
        assert_eq!(*described.0.lock().unwrap(), constants);

        for kind in ["counter!(", "gauge!(", "histogram!("] {
            for text in &sources {
                let literal = between(text, kind, ")").find(|arguments| arguments.trim().starts_with('"'));
                assert_eq!(literal, None, "name the metric by a constant");
            }
        }
    }

    #[test]
    fn every_metric_is_described() {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        metrics::with_local_recorder(&recorder, || {
            describe();
            let _ = (ClientMetrics::new("a", "b"), ServerMetrics::new("a", "b"));
            caller_counter("a", "b", "c").increment(1);
            metrics::gauge!(name::CONNECTED).set(1);
            metrics::gauge!(name::REFUSED_METHODS).set(1);
        });
        let recorded = snapshotter.snapshot().into_vec();
        assert_eq!(recorded.len(), 14, "{recorded:?}");
        for (key, _, description, _) in &recorded {
            assert!(description.is_some(), "{} has no description", key.key().name());
        }
    }
}
