//! Replies to calls.

use std::sync::Arc;
use std::time::Duration;

use lapin::types::ShortString;
use tokio::time::Instant;

use super::capabilities::CAPABILITIES;
use super::channel::Publication;
use super::encode;
use super::shared::Shared;
use crate::envelope::{Envelope, Frame, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Responder, SettleFuture, too_large_error};

/// How long a reply waits for a connection. Calls are short.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends the reply to a caller: to its reply queue.
pub(super) struct ReplyTo {
    pub(super) shared: Arc<Shared>,
    pub(super) queue: ShortString,
    pub(super) correlation_id: Option<ShortString>,
    pub(super) call: Arc<Envelope>,
    /// The service that answers.
    pub(super) provider: Text,
}

impl Responder for ReplyTo {
    fn send(self: Arc<Self>, frame: Frame) -> SettleFuture {
        match self.check(&frame) {
            Ok(()) => SettleFuture::until(async move { self.publish(frame).await }),
            Err(error) => SettleFuture::done(Err(error)),
        }
    }
}

impl ReplyTo {
    fn check(&self, frame: &Frame) -> Result<()> {
        if !frame.end || frame.sequence > 0 {
            return Err(Error::new(ErrorKind::Unsupported, "RabbitMQ replies have a single frame"));
        }
        let length = frame.encoded_len();
        if length > CAPABILITIES.max_message {
            return Err(too_large_error("the reply", length, CAPABILITIES.max_message));
        }
        Ok(())
    }

    async fn publish(&self, frame: Frame) -> Result<()> {
        // The reply queue belongs to the caller's connection, so any session of this process can be used.
        let session = self.shared.link.session(Instant::now() + TIMEOUT).await?;
        let channel = session.unconfirmed_channel().await?;
        let mut properties = encode::write_frame(&self.call, &self.provider, &frame);
        if let Some(id) = &self.correlation_id {
            properties = properties.with_correlation_id(id.clone());
        }
        let (exchange, routing_key) = (ShortString::default(), self.queue.clone());
        let publication =
            Publication { exchange, routing_key, mandatory: false, properties, data: &frame.data };
        channel.publish(publication).await
    }
}
