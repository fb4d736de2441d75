//! The context of a handler: the attributes of its message.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use crate::envelope::{Envelope, MessageId, Text, TraceParent};
use crate::telemetry::HandlerTrace;

tokio::task_local! {
    static CURRENT: Context;
}

/// The context of a handler: the attributes of its message, such as its sender, its deadline and its trace.
///
/// A handler takes it as an argument, `ctx: &lessmq::Context`, or gets it from [`Context::current`]. Calls that a
/// handler makes inherit its deadline and its trace. For a task that the handler spawns, use [`Context::scope`].
/// With the feature `otel`, spans that are opened in that task are children of the handler's span.
#[derive(Clone, Debug)]
pub struct Context {
    envelope: Arc<Envelope>,
    attempt: u32,
    deadline: Option<Instant>,
    trace: HandlerTrace,
}

impl Context {
    pub(crate) fn new(envelope: Arc<Envelope>, attempt: u32, deadline: Option<Instant>) -> Self {
        Self { envelope, attempt, deadline, trace: HandlerTrace::new() }
    }

    /// The same context for another attempt.
    pub(crate) fn with_attempt(&self, attempt: u32) -> Self {
        Self { attempt, trace: HandlerTrace::new(), ..self.clone() }
    }

    pub(crate) fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The trace of this attempt.
    pub(crate) fn trace(&self) -> &HandlerTrace {
        &self.trace
    }

    /// The context of the handler that runs in this task, if any.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs `future` as part of this message's handling: calls in it inherit the deadline and the trace.
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        let future = self.trace.scope(future);
        CURRENT.scope(self, future)
    }

    /// Runs `work` as part of this message's handling, and returns the context.
    pub(crate) fn enter(self, mut work: impl FnMut()) -> Self {
        let work = poll_fn(|_| {
            work();
            Poll::Ready(())
        });
        let work = self.trace.scope(work);
        let mut scoped = pin!(CURRENT.scope(self, work));
        let _done = scoped.as_mut().poll(&mut task::Context::from_waker(Waker::noop()));
        scoped.take_value().expect("it is taken once")
    }

    /// The message's id, which is the same at each attempt. Store it to detect a message that was handled before.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        &self.envelope.id
    }

    /// The service or program that sent the message; empty if unknown.
    #[must_use]
    pub fn caller(&self) -> &str {
        &self.envelope.source
    }

    /// The identity of the contract that the sender was built with, as
    /// [`ContractId::parse`](crate::contract::ContractId::parse) reads it.
    #[must_use]
    pub fn caller_contract(&self) -> Option<&str> {
        self.envelope.data_schema.as_deref()
    }

    /// The message's type, `{service}.{method}`.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.envelope.kind
    }

    /// The number of this attempt to handle the message, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// When the caller stops waiting. The handler is then dropped.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How long the caller still waits; zero after the deadline.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The W3C `traceparent` of the message. A message without one starts a trace whose id is the id of the message, if
    /// that is a UUID.
    #[must_use]
    pub fn trace_parent(&self) -> Option<TraceParent> {
        self.envelope.trace()
    }

    /// The CloudEvents `partitionkey` of the message.
    #[must_use]
    pub fn partition_key(&self) -> Option<&str> {
        self.envelope.partition_key.as_deref()
    }

    /// The metadata that the sender added with [`Call::metadata`](crate::Call::metadata). It is not verified.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.envelope.extensions
    }

    /// The W3C `tracestate` of the message.
    pub(crate) fn trace_state(&self) -> Option<&Text> {
        self.envelope.trace_state.as_ref()
    }
}
