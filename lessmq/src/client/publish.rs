//! Commands and events on their way out.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::time::Instant;
use tracing::Instrument;

use super::outgoing::{Outgoing, Unsent};
use crate::context::Context;
use crate::envelope::Envelope;
use crate::error::Result;
use crate::telemetry::{Ending, info_span};

/// A command or an event that is sent when it is awaited. `Ok` means that the broker has stored it.
///
/// # Errors
/// Awaiting it fails with `Encode`, `TooLarge`, `Connection`, `Topology` or `Closed`; after `Connection` the message
/// may have been stored all the same.
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

    /// Says which messages belong together (CloudEvents `partitionkey`).
    pub fn partition_key(mut self, key: &str) -> Self {
        self.0.set_partition_key(key);
        self
    }

    /// The message, not sent: to be stored first and sent later, with [`Bus::send`](crate::Bus::send).
    ///
    /// # Errors
    /// `Encode`, `TooLarge`, `Config` for metadata of a name that is none.
    pub fn into_outgoing(mut self) -> Result<Outgoing> {
        let envelope = self.envelope(Instant::now())?;
        Ok(Outgoing { address: self.0.method().address.clone(), envelope })
    }

    fn envelope(&mut self, now: Instant) -> Result<Envelope> {
        let envelope = self.0.envelope(now, Context::current().as_ref())?;
        Ok(Envelope { time: Some(Timestamp::now()), ..envelope })
    }

    async fn send(mut self) -> Result<()> {
        let started = Instant::now();
        let envelope = Arc::new(self.envelope(started)?);
        let method = self.0.method();
        let kind = &method.kind;
        let span =
            info_span(|| tracing::info_span!("lessmq.publish", "otel.kind" = "producer", method = %kind));
        let sent = self.0.client.0.bus.transport().publish(&method.address, envelope).instrument(span).await;
        let metrics = method.metrics();
        metrics.endings.count(if sent.is_ok() { Ending::Ok } else { Ending::Failed });
        metrics.duration.record(started.elapsed());
        sent
    }
}

impl IntoFuture for Publish {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl crate::Bus {
    /// Sends what [`Publish::into_outgoing`] made. `Ok` means that the broker has stored it.
    ///
    /// # Errors
    /// As [`Publish`].
    pub async fn send(&self, message: Outgoing) -> Result<()> {
        self.transport().publish(&message.address, Arc::new(message.envelope)).await
    }
}

impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Publish").field(&self.0.method().kind).finish()
    }
}
