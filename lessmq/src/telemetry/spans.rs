//! The spans of a message: one where it is sent, and one for each attempt at handling it.
//!
//! Source of names and attributes: the semantic conventions of OpenTelemetry 1.45, RPC (calls) and messaging (commands
//! and events). Attributes that are of no use in logs are set for OpenTelemetry only, and are not fields.

use tracing::Span;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;

use super::otel;
use crate::envelope::{Envelope, MessageId};
use crate::transport::{Destination, Group, Queue, Source, Topic};

/// The target of all spans, for filters.
const TARGET: &str = "lessmq";
/// The value of the attribute `rpc.system.name`.
const RPC_SYSTEM: &str = "lessmq";

/// A span of the level `INFO`, created only if a subscriber of `tracing` is interested. That check is a single load. If
/// a crate of the program enables the feature `log` of `tracing`, `tracing` writes a log record for each span without a
/// subscriber. Our spans must not be logged.
fn info_span(make: impl FnOnce() -> Span) -> Span {
    if LevelFilter::current() >= LevelFilter::INFO { make() } else { Span::none() }
}

/// A span of the client for a call of `method`.
pub(crate) fn call(method: &str) -> Span {
    info_span(|| {
        let span = tracing::info_span!(
            target: TARGET,
            "lessmq.call",
            "otel.name" = method,
            "otel.kind" = "client",
            "messaging.message.id" = Empty,
            "error.type" = Empty,
            "otel.status_code" = Empty,
        );
        otel::set_attributes(&span, &[("rpc.system.name", &RPC_SYSTEM), ("rpc.method", &method)]);
        span
    })
}

/// How a command or an event leaves its sender, as `messaging.operation.type` and `messaging.operation.name`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sending {
    /// It is handed to the broker.
    Publish,
    /// It is created, and will be sent later.
    Create,
}

/// A span of the sender for a command or an event `method`.
pub(crate) fn send(sending: Sending, method: &str, to: &Destination, system: &'static str) -> Span {
    let (operation_type, operation) = match sending {
        Sending::Publish => ("send", "publish"),
        Sending::Create => ("create", "create"),
    };
    info_span(|| {
        let span = tracing::info_span!(
            target: TARGET,
            "lessmq.publish",
            "otel.name" = method,
            "otel.kind" = "producer",
            "messaging.message.id" = Empty,
            "error.type" = Empty,
            "otel.status_code" = Empty,
        );
        otel::set_attributes(
            &span,
            &[
                ("messaging.system", &system),
                ("messaging.operation.type", &operation_type),
                ("messaging.operation.name", &operation),
                ("messaging.destination.name", to),
            ],
        );
        span
    })
}

/// Adds the id of the message that a span sends.
pub(crate) fn sends(span: &Span, id: &MessageId) {
    span.record("messaging.message.id", tracing::field::display(id));
}

/// One attempt at handling a message.
pub(crate) struct Handling<'a> {
    pub(crate) message: &'a Envelope,
    /// `{service}.{method}`; messages of external queues do not have it.
    pub(crate) method: &'a str,
    pub(crate) attempt: u32,
    /// Where the message comes from.
    pub(crate) source: &'a Source,
    pub(crate) system: &'static str,
}

impl Handling<'_> {
    /// A span of the handler.
    pub(crate) fn span(&self) -> Span {
        info_span(|| {
            let is_call = matches!(self.source, Source::Queue(Queue::Calls { .. }));
            let span = tracing::info_span!(
                target: TARGET,
                "lessmq.handle",
                "otel.name" = self.method,
                "otel.kind" = if is_call { "server" } else { "consumer" },
                "messaging.message.id" = %self.message.id,
                "cloudevents.event_source" = &*self.message.source,
                "lessmq.attempt" = i64::from(self.attempt),
                "error.type" = Empty,
                "otel.status_code" = Empty,
                traceparent = self.message.trace().map(tracing::field::display),
            );
            if is_call {
                otel::set_attributes(
                    &span,
                    &[("rpc.system.name", &RPC_SYSTEM), ("rpc.method", &self.method)],
                );
            } else {
                self.set_messaging_attributes(&span);
            }
            span
        })
    }

    fn set_messaging_attributes(&self, span: &Span) {
        let subscription = match self.source {
            Source::Subscription(subscription) => Some(subscription),
            _ => None,
        };
        let topic = subscription.and_then(|subscription| topic(&subscription.topics, self.method));
        let destination = topic.map_or_else(|| self.source.to_string(), Topic::to_string);
        otel::set_attributes(
            span,
            &[
                ("messaging.system", &self.system),
                ("messaging.operation.type", &"process"),
                ("messaging.operation.name", &"process"),
                ("messaging.destination.name", &destination),
            ],
        );
        if let Some(Group::Named(group)) = subscription.map(|subscription| &subscription.group) {
            otel::set_attributes(span, &[("messaging.consumer.group.name", group)]);
        }
    }
}

/// Which of the topics of a subscription a message was sent to.
fn topic<'a>(topics: &'a [Topic], method: &str) -> Option<&'a Topic> {
    topics.iter().find(|topic| match topic {
        Topic::Event { service, event, .. } => {
            method.split_once('.') == Some((service.as_str(), event.as_str()))
        }
        Topic::External { .. } => true,
    })
}

/// The operation of a span failed. `error_type` is the kind of an [`Error`](crate::Error), or `cancelled`.
pub(crate) fn failed(span: &Span, error_type: &'static str) {
    span.record("error.type", error_type);
    span.record("otel.status_code", "ERROR");
}

/// `error.type` of a call whose provider returned its own, typed error.
const REJECTED: &str = "rejected";

/// A call was answered with an error of its contract: a failure for the caller.
pub(crate) fn was_rejected(span: &Span) {
    failed(span, REJECTED);
}

/// A handler answered a call with an error of its contract. That is no failure of the handler, so the status stays unset.
pub(crate) fn rejects(span: &Span) {
    span.record("error.type", REJECTED);
}
