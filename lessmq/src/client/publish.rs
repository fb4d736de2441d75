//! Sending commands and events.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::outgoing::Unsent;
use crate::context::Context;
use crate::envelope::Envelope;
use crate::error::Result;
use crate::telemetry::spans::{self, Sending};
use crate::telemetry::{Ending, Since};
use crate::transport::Outgoing;

/// A command or an event that is sent when it is awaited. `Ok` means that the broker has stored it.
///
/// # Errors
/// Awaiting it fails with `Encode`, `TooLarge`, `Connection`, `Topology` or `Closed`; after `Connection` the message
/// may have been stored nevertheless.
#[must_use = "a message is sent when it is awaited"]
pub struct Publish(Unsent);

impl Publish {
    pub(super) fn new(unsent: Unsent) -> Self {
        Self(unsent)
    }

    /// Adds a CloudEvents extension attribute, which the handler finds in [`Context::metadata`].
    pub fn metadata(mut self, name: &str, value: &str) -> Self {
        self.0.add_metadata(name, value);
        self
    }

    /// Sets the message group (CloudEvents `partitionkey`). If the interface is ordered, messages with the same key are
    /// handled in the order of publishing.
    pub fn partition_key(mut self, key: &str) -> Self {
        self.0.set_partition_key(key);
        self
    }

    /// Returns the message without sending it. Send it later with [`Bus::send`](crate::Bus::send), or together with
    /// others with [`Bus::send_all`](crate::Bus::send_all).
    ///
    /// # Errors
    /// `Encode`, `TooLarge`, `Config` for metadata with an invalid name.
    pub fn into_outgoing(mut self) -> Result<Outgoing> {
        let span = self.span(Sending::Create);
        let envelope = self.envelope(Instant::now(), &span)?;
        let checked = self.0.client.0.bus.capabilities().check_size(&envelope);
        checked.map_err(|error| self.0.explain(error))?;
        Ok(Outgoing::new(self.0.method().destination.clone(), envelope))
    }

    fn span(&self, sending: Sending) -> Span {
        let method = self.0.method();
        let system = self.0.client.0.bus.capabilities().driver;
        spans::send(sending, &method.kind, &method.destination, system)
    }

    fn envelope(&mut self, now: Instant, span: &Span) -> Result<Arc<Envelope>> {
        self.0.envelope(now, None, Context::current().as_ref(), span)
    }

    async fn send(mut self) -> Result<()> {
        let started = Instant::now();
        let span = self.span(Sending::Publish);
        let envelope = self.envelope(started, &span)?;
        let method = self.0.method();
        let message = Outgoing::new(method.destination.clone(), envelope);
        let sent = self.0.client.0.bus.transport().publish_one(message).instrument(span.clone()).await;
        if let Err(error) = &sent {
            spans::failed(&span, error.kind().as_str());
        }
        let metrics = method.metrics();
        metrics.endings.count(if sent.is_ok() { Ending::Ok } else { Ending::Failed });
        metrics.duration.record(Since(started));
        sent.map_err(|error| self.0.explain(error))
    }
}

impl IntoFuture for Publish {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Publish").field(&self.0.method().kind).finish()
    }
}
