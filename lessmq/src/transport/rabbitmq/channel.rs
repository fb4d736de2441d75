//! Channels for publishing, with and without confirms.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::{maybe_done, poll_fn};
use lapin::options::BasicPublishOptions;
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, ConnectionStatus};
use tokio::time::{Instant, timeout_at};

use super::failure::connection_error;
use crate::error::Result;

/// A message with the exchange that it is published to.
pub(super) struct Publication<'a> {
    pub(super) exchange: ShortString,
    pub(super) routing_key: ShortString,
    pub(super) mandatory: bool,
    pub(super) properties: BasicProperties,
    pub(super) data: &'a [u8],
}

/// A channel in confirm mode.
pub(super) struct ConfirmChannel {
    channel: Channel,
    /// Held while a message is sent. lapin numbers a message and queues its frames under two separate locks. If two
    /// publishers interleaved, they would get each other's confirms, and one could get `Ok` before its message is
    /// stored.
    order: Mutex<()>,
}

impl ConfirmChannel {
    /// Wraps a channel in confirm mode.
    pub(super) fn new(channel: Channel) -> Self {
        Self { channel, order: Mutex::default() }
    }

    pub(super) fn is_open(&self) -> bool {
        self.channel.status().connected()
    }

    /// Publishes, and waits for the broker's answer. The message is sent when the future is first polled.
    pub(super) async fn publish(&self, message: Publication<'_>) -> lapin::Result<Confirmation> {
        let options = BasicPublishOptions { mandatory: message.mandatory, ..BasicPublishOptions::default() };
        let Publication { exchange, routing_key, properties, data, .. } = message;
        let mut publishing =
            pin!(self.channel.basic_publish(exchange, routing_key, options, data, properties));
        // The first poll numbers the message and queues its frames, without waiting.
        let first = poll_fn(|context| {
            let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            Poll::Ready(publishing.as_mut().poll(context))
        });
        let confirm = match first.await {
            Poll::Ready(confirm) => confirm?,
            Poll::Pending => publishing.await?,
        };
        confirm.await
    }

    /// Publishes all messages in their order, and then waits for the broker's answers until `deadline`. The result of a
    /// message without an answer is `None`.
    pub(super) async fn publish_all(
        &self,
        messages: impl IntoIterator<Item = Publication<'_>>,
        deadline: Instant,
    ) -> Vec<Option<lapin::Result<Confirmation>>> {
        let publish = |message| Box::pin(maybe_done(self.publish(message)));
        let mut publishing: Vec<_> = messages.into_iter().map(publish).collect();
        poll_fn(|context| {
            for message in &mut publishing {
                let _ = message.poll_unpin(context);
            }
            Poll::Ready(())
        })
        .await;
        let mut answers = Vec::with_capacity(publishing.len());
        for mut message in publishing {
            // After the deadline, this still collects answers that have arrived.
            let _ = timeout_at(deadline, message.as_mut()).await;
            answers.push(message.as_mut().take_output());
        }
        answers
    }
}

/// A channel without confirms, for calls and replies.
pub(super) struct UnconfirmedChannel {
    channel: Channel,
    connection: ConnectionStatus,
}

impl UnconfirmedChannel {
    pub(super) fn new(channel: Channel, connection: ConnectionStatus) -> Self {
        Self { channel, connection }
    }

    pub(super) fn is_open(&self) -> bool {
        self.channel.status().connected()
    }

    /// Publishes without waiting: when this returns, the message is queued for the socket.
    ///
    /// While the broker blocks the connection (it is out of memory or disk), this waits for the socket, so that
    /// messages do not accumulate in memory.
    pub(super) async fn publish(&self, message: Publication<'_>) -> Result<()> {
        let publishing = self.publish_written(message);
        if self.connection.blocked() {
            return publishing.await;
        }
        publishing.now_or_never().unwrap_or(Ok(()))
    }

    /// Publishes and waits until the message was written to the socket. lapin writes other frames before messages: an
    /// acknowledgement, or the end of the connection, would overtake a message that is only queued.
    pub(super) async fn publish_written(&self, message: Publication<'_>) -> Result<()> {
        let Publication { exchange, routing_key, properties, data, .. } = message;
        let options = BasicPublishOptions::default();
        let publishing = self.channel.basic_publish(exchange, routing_key, options, data, properties);
        publishing.await.map(drop).map_err(|error| connection_error("cannot send a message", error))
    }

    /// Waits until all earlier messages were written to the socket. It sends a last message to a queue with an empty
    /// name. No such queue exists, so the broker drops that message.
    pub(super) async fn flush(&self) {
        let (exchange, routing_key, properties) = Default::default();
        let last = Publication { exchange, routing_key, mandatory: false, properties, data: &[] };
        // A closed channel has nothing to write.
        let _ = self.publish_written(last).await;
    }
}
