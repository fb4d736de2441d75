//! The spans that one test exports.

use lessmq::envelope::TraceParent;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, TraceContextExt, TraceState, TracerProvider};
use opentelemetry::{Context, TraceFlags};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData, Tracer};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// Records the spans of this thread, which is that of the test's runtime.
pub(crate) struct Recorder {
    exporter: InMemorySpanExporter,
    _subscriber: DefaultGuard,
}

impl Recorder {
    pub(crate) fn start() -> Self {
        Self::with_filter(LevelFilter::DEBUG)
    }

    /// Records the spans of the program, and none of LessMQ: no one else sees them either.
    pub(crate) fn without_spans_of_lessmq() -> Self {
        Self::with_filter(others())
    }

    /// Records the spans of the program, and none of LessMQ, which other layers see.
    pub(crate) fn with_other_layers_for_lessmq() -> Self {
        let (exporter, layer) = recording();
        Self::install(exporter, tracing_subscriber::registry().with(layer.with_filter(others())))
    }

    fn with_filter(filter: impl Layer<Registry> + Send + Sync) -> Self {
        let (exporter, layer) = recording();
        Self::install(exporter, tracing_subscriber::registry().with(filter).with(layer))
    }

    fn install(exporter: InMemorySpanExporter, subscriber: impl Subscriber + Send + Sync) -> Self {
        Self { exporter, _subscriber: tracing::subscriber::set_default(subscriber) }
    }

    pub(crate) fn spans(&self) -> Spans {
        Spans(self.exporter.get_finished_spans().unwrap())
    }
}

fn others() -> Targets {
    Targets::new().with_default(LevelFilter::DEBUG).with_target("lessmq", LevelFilter::OFF)
}

fn recording<S>() -> (InMemorySpanExporter, OpenTelemetryLayer<S, Tracer>)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    (exporter, tracing_opentelemetry::layer().with_tracer(provider.tracer("test")))
}

/// Finished spans.
pub(crate) struct Spans(Vec<SpanData>);

impl Spans {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The spans of a name and a kind, in the order in which they began.
    pub(crate) fn all(&self, name: &str, kind: SpanKind) -> Vec<&SpanData> {
        let mut spans: Vec<_> =
            self.0.iter().filter(|span| span.name == name && span.span_kind == kind).collect();
        spans.sort_by_key(|span| span.start_time);
        spans
    }

    /// The only one.
    pub(crate) fn one(&self, name: &str, kind: SpanKind) -> &SpanData {
        let spans = self.all(name, kind);
        assert_eq!(spans.len(), 1, "{name}: {:#?}", self.0);
        spans[0]
    }

    /// Names and kinds by parent, one on a line, all of one trace. What hangs below a span that is not there is
    /// missing.
    pub(crate) fn tree(&self) -> Vec<String> {
        let first = self.0.first().expect("spans were exported").span_context.trace_id();
        assert!(self.0.iter().all(|span| span.span_context.trace_id() == first), "{:#?}", self.0);
        let mut lines = Vec::new();
        self.add_children(SpanId::INVALID, 0, &mut lines);
        lines
    }

    fn add_children(&self, parent: SpanId, depth: usize, lines: &mut Vec<String>) {
        let mut children: Vec<_> = self.0.iter().filter(|span| span.parent_span_id == parent).collect();
        children.sort_by_key(|span| span.name.clone());
        for span in children {
            let kind = format!("{:?}", span.span_kind).to_lowercase();
            lines.push(format!("{}{} {kind}", "  ".repeat(depth), span.name));
            self.add_children(span.span_context.span_id(), depth + 1, lines);
        }
    }
}

/// An attribute of a span; empty if there is none.
pub(crate) fn attribute(span: &SpanData, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == name);
    found.map(|attribute| attribute.value.to_string()).unwrap_or_default()
}

/// What a message that `span` sends has in its `traceparent`.
pub(crate) fn trace_parent(span: &SpanData) -> TraceParent {
    let context = &span.span_context;
    format!("00-{}-{}-01", context.trace_id(), context.span_id()).parse().unwrap()
}

/// A span whose parent is in another program.
pub(crate) fn caller_in_trace(parent: &str, state: &str) -> Span {
    let parent: TraceParent = parent.parse().unwrap();
    let state: TraceState = state.parse().unwrap();
    let (trace, span) = (parent.trace_id().into(), parent.span_id().into());
    let context = SpanContext::new(trace, span, TraceFlags::new(parent.flags()), true, state);
    let caller = tracing::info_span!("caller");
    caller.set_parent(Context::new().with_remote_span_context(context)).unwrap();
    caller
}
