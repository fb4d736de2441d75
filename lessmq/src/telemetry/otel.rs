//! Joins the spans of this library with OpenTelemetry traces. Compiled with the feature `otel` only. Without it, `no_otel`
//! has the same functions, which do nothing.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::task::{self, Poll};

use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use opentelemetry::{Context, TraceFlags};
use pin_project_lite::pin_project;
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::envelope::{Envelope, Text, TraceParent};

/// Adds attributes for OpenTelemetry only, so that log lines stay short.
pub(crate) fn set_attributes(span: &Span, attributes: &[(&'static str, &dyn fmt::Display)]) {
    if !span.is_disabled() {
        for (name, value) in attributes {
            span.set_attribute(*name, value.to_string());
        }
    }
}

/// The `traceparent` and `tracestate` of a message that `span` sends. If a filter disables the span, they are those of the
/// nearest enabled span around it. `None` if there is no trace.
pub(crate) fn trace_of(span: &Span) -> Option<(TraceParent, Option<Text>)> {
    let sender = span_context(&span.context()).or_else(|| Context::map_current(span_context))?;
    let (trace, id) = (sender.trace_id().to_bytes(), sender.span_id().to_bytes());
    let flags = sender.trace_flags().to_u8();
    let parent = TraceParent::new(u128::from_be_bytes(trace), u64::from_be_bytes(id), flags)?;
    let state = sender.trace_state().header();
    Some((parent, (!state.is_empty()).then(|| state.into())))
}

fn span_context(context: &Context) -> Option<SpanContext> {
    let span = context.span();
    Some(span.span_context()).filter(|context| context.is_valid()).cloned()
}

/// The span that sent a message.
fn sender(message: &Envelope) -> Option<SpanContext> {
    let parent = message.trace_parent?;
    let state = message.trace_state.as_deref().and_then(|state| TraceState::from_str(state).ok());
    Some(SpanContext::new(
        parent.trace_id().into(),
        parent.span_id().into(),
        TraceFlags::new(parent.flags()),
        true,
        state.unwrap_or_default(),
    ))
}

/// The parent of the spans that a handler opens, in any task.
#[derive(Clone, Debug)]
pub(crate) struct HandlerTrace(Option<Arc<OnceLock<SpanContext>>>);

impl HandlerTrace {
    /// For a handler that has not started. It allocates only if a subscriber is interested in spans.
    pub(crate) fn new() -> Self {
        Self((LevelFilter::current() >= LevelFilter::INFO).then(Arc::default))
    }

    /// Starts `span` as a child of the span that sent `message`. If a filter disables `span`, the spans that the handler
    /// opens are children of the sender's span.
    pub(crate) fn start(&self, span: &Span, message: &Envelope) {
        let Some(trace) = &self.0 else { return };
        let sender = sender(message);
        if let Some(sender) = sender.clone() {
            // It fails if no OpenTelemetry layer takes the span. Then no parent is needed.
            let _ = span.set_parent(Context::new().with_remote_span_context(sender));
        }
        if let Some(parent) = span_context(&span.context()).or(sender) {
            let _ = trace.set(parent);
        }
    }

    /// A future that runs `future` in this trace.
    pub(crate) fn scope<F: Future>(&self, future: F) -> InTrace<F> {
        InTrace { future, trace: self.clone() }
    }
}

pin_project! {
    /// A future within the trace of a handler. A span that surrounds it takes precedence.
    pub(crate) struct InTrace<F> {
        #[pin]
        future: F,
        trace: HandlerTrace,
    }
}

impl<F: Future> Future for InTrace<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let parent = this.trace.0.as_ref().and_then(|trace| trace.get());
        let parent = parent.filter(|_| !Context::map_current(Context::has_active_span));
        let _attached =
            parent.map(|parent| Context::current().with_remote_span_context(parent.clone()).attach());
        this.future.poll(context)
    }
}
