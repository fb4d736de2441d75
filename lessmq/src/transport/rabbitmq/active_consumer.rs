//! A consumer on one channel, from its start until the channel or the queue ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{FutureExt, StreamExt};
use lapin::Channel;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;

use super::acknowledgements::Acknowledgements;
use super::deliver::{deliver, drop_call, receive};
use super::failure::{connection_error, missing_error, short};
use super::session::Session;
use super::unsettled::{ConsumerChannel, Origin, RedeliveryMode, Unsettled};
use crate::error::Result;
use crate::transport::Delivery;

/// A running consumer.
pub(super) struct ActiveConsumer {
    /// `None` after it was dropped.
    consumer: Option<lapin::Consumer>,
    channel: Arc<ConsumerChannel>,
    origin: Arc<Origin>,
    pub(super) started_at: Instant,
}

impl ActiveConsumer {
    /// Starts to consume the queue of `origin`.
    pub(super) async fn start(
        session: Arc<Session>,
        origin: Origin,
        prefetch: u16,
        local: mpsc::UnboundedSender<Unsettled>,
    ) -> Result<Self> {
        let channel = session.channel().await?;
        let consumer = consume(&channel, &origin.queue, prefetch).await?;
        let channel = ConsumerChannel {
            acknowledgements: Arc::new(Acknowledgements::new(channel.clone(), prefetch)),
            channel,
            _session: session,
            local,
            dropped_consumers: Mutex::default(),
            closing: AtomicBool::default(),
        };
        Ok(Self {
            consumer: Some(consumer),
            channel: Arc::new(channel),
            origin: Arc::new(origin),
            started_at: Instant::now(),
        })
    }

    pub(super) fn mode(&self) -> RedeliveryMode {
        self.origin.mode
    }

    pub(super) fn is_open(&self) -> bool {
        self.channel.is_open()
    }

    /// Whether this process is closing the channel.
    pub(super) fn is_closing(&self) -> bool {
        self.channel.closing.load(Ordering::Relaxed)
    }

    /// The next message, as lapin received it; `None` after the broker cancelled the consumer.
    pub(super) async fn next(&mut self) -> Option<lapin::Result<lapin::message::Delivery>> {
        self.consumer.as_mut()?.next().await
    }

    /// Makes a delivery of a message, unless it is a call that may have been handled.
    pub(super) fn deliver(
        &self,
        delivery: lapin::message::Delivery,
        permit: Option<Arc<OwnedSemaphorePermit>>,
    ) -> Option<Delivery> {
        let redelivered = delivery.redelivered;
        let unsettled = Unsettled { permit, ..receive(&self.channel, &self.origin, delivery) };
        if redelivered && unsettled.is_handled_once() {
            drop_call(unsettled);
            return None;
        }
        Some(deliver(unsettled))
    }
}

impl Drop for ActiveConsumer {
    /// Stops further deliveries. Earlier ones can still be settled. Buffered messages go back to the queue.
    fn drop(&mut self) {
        let Some(consumer) = self.consumer.take() else { return };
        if !self.is_open() {
            return;
        }
        if self.origin.mode == RedeliveryMode::InOrder {
            self.channel.keep_consumer(consumer);
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let giving_back = requeue_buffered(consumer, Arc::clone(&self.channel), Arc::clone(&self.origin));
            // Closing the transport waits until messages that go back are published.
            let mut giving_back = Box::pin(self.origin.shared.publisher.track(giving_back));
            // The first step sends the cancellation. If it came after deliveries that are requeued from now on, the broker
            // would send them here again, and they would lose their places in the queue.
            if (&mut giving_back).now_or_never().is_none() {
                runtime.spawn(giving_back);
            }
        }
    }
}

/// Cancels a consumer, and requeues the messages in its buffer.
async fn requeue_buffered(mut consumer: lapin::Consumer, channel: Arc<ConsumerChannel>, origin: Arc<Origin>) {
    if channel.channel.basic_cancel(consumer.tag(), BasicCancelOptions::default()).await.is_err() {
        return;
    }
    while let Some(Ok(delivery)) = consumer.next().await {
        let redelivered = delivery.redelivered;
        let unsettled = receive(&channel, &origin, delivery);
        let republished = match origin.mode {
            RedeliveryMode::Republish => unsettled.publish_again().await.is_ok(),
            _ if redelivered && unsettled.is_handled_once() => {
                drop_call(unsettled);
                continue;
            }
            RedeliveryMode::Once => unsettled.call_again().await.is_ok(),
            _ => false,
        };
        // If this fails, the broker delivers the message again.
        let _ = if republished { unsettled.acknowledge() } else { unsettled.requeue() };
    }
}

async fn consume(channel: &Channel, queue: &str, prefetch: u16) -> Result<lapin::Consumer> {
    let qos = channel.basic_qos(prefetch.max(1), BasicQosOptions::default()).await;
    qos.map_err(|error| connection_error("cannot set the prefetch", error))?;
    let options = BasicConsumeOptions::default();
    let consuming = channel.basic_consume(short("queue", queue)?, "".into(), options, FieldTable::default());
    consuming.await.map_err(|error| missing_error(&format!("queue `{queue}`"), error))
}
