//! A message that is ready to be published.

use std::sync::Arc;

use super::Destination;
use crate::envelope::Envelope;

/// A message and where it goes: what is published, and what an outbox stores.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outgoing {
    /// Where it goes.
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
