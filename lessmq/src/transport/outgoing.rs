//! A message that is ready to be published.

use std::sync::Arc;

use super::Destination;
use crate::envelope::Envelope;

/// A message with its destination. A transport publishes it, and an outbox stores it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outgoing {
    /// The destination.
    pub destination: Destination,
    /// The message.
    pub envelope: Arc<Envelope>,
}

impl Outgoing {
    /// A message to `destination`.
    pub fn new(destination: impl Into<Destination>, envelope: impl Into<Arc<Envelope>>) -> Self {
        Self { destination: destination.into(), envelope: envelope.into() }
    }
}
