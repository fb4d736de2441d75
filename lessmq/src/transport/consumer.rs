//! A stream of deliveries.

use std::fmt;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};

use super::Delivery;
use crate::error::Result;

/// How to consume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumeOptions {
    /// How many deliveries may be unsettled at a time; at least one.
    pub prefetch: u16,
}

impl ConsumeOptions {
    /// Up to `prefetch` unsettled deliveries at a time; 0 counts as 1.
    #[must_use]
    pub fn new(prefetch: u16) -> Self {
        Self { prefetch: prefetch.max(1) }
    }
}

/// A running consumer. Dropping it stops further deliveries: the messages that it had buffered go back to the broker.
/// Earlier deliveries can still be settled.
pub struct Consumer(BoxStream<'static, Result<Delivery>>);

impl Consumer {
    /// A consumer that yields the deliveries of `stream`. The stream is polled until it ends or the consumer is
    /// dropped.
    pub fn new(stream: impl Stream<Item = Result<Delivery>> + Send + 'static) -> Self {
        Self(stream.fuse().boxed())
    }

    /// The next delivery; `None` after the transport was closed. No delivery is lost if the future is dropped.
    ///
    /// # Errors
    /// The queue was deleted or cannot be restored. The consumer ends after the error.
    pub async fn next(&mut self) -> Option<Result<Delivery>> {
        self.0.next().await
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").finish_non_exhaustive()
    }
}
