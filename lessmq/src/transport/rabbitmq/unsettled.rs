//! A delivery until it is settled, and how it goes back to the broker.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::{BasicProperties, Channel};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;

use super::failure::broken;
use super::session::Session;
use super::shared::Shared;
use super::topology::QueueKind;
use crate::envelope::{MessageId, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Source;

/// Where deliveries come from and go back to.
pub(super) struct Origin {
    pub(super) shared: Arc<Shared>,
    pub(super) source: Source,
    pub(super) queue: String,
    /// The queue of the dead letters.
    pub(super) dead_letters: String,
    pub(super) mode: RedeliveryMode,
    /// The service that answers; only for calls.
    pub(super) provider: Text,
}

/// How deliveries are given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RedeliveryMode {
    /// By publishing them again. What the broker marks as redelivered may have been handled before a connection broke
    /// or a process died, and is not handed out again. What a handler drops counts as delivered.
    Once,
    /// By the broker.
    Requeue,
    /// By the broker, together with all later ones.
    InOrder,
    /// By publishing them again: quorum queues count what is requeued, and a handler that never saw the message has
    /// not attempted anything.
    Republish,
    /// Within this process: the queue ends with its consumer.
    Local,
}

/// One delivery, until it is settled.
pub(super) struct Unsettled {
    pub(super) origin: Arc<Origin>,
    pub(super) holder: Holder,
    pub(super) properties: BasicProperties,
    pub(super) data: Bytes,
    /// 0 until it is read from the properties.
    pub(super) attempt: u32,
    pub(super) received_at: Instant,
    /// With [`RedeliveryMode::Local`]: the message's part of the prefetch, until it is settled for good. The broker
    /// counts only the messages that are not acknowledged.
    pub(super) permit: Option<Arc<OwnedSemaphorePermit>>,
    /// The id that we gave a message without one.
    pub(super) given_id: Option<MessageId>,
}

/// Who has the message.
pub(super) enum Holder {
    /// The broker, until this tag is acknowledged.
    Broker { channel: Arc<ConsumerChannel>, tag: u64 },
    /// This process alone. It is sent here for another attempt.
    Process(mpsc::UnboundedSender<Unsettled>),
}

/// The channel of one consumer. It stays open as long as one of its deliveries is unsettled.
pub(super) struct ConsumerChannel {
    pub(super) channel: Channel,
    /// Keeps the connection open, also when the link has replaced it.
    pub(super) _session: Arc<Session>,
    /// Where deliveries with [`RedeliveryMode::Local`] come back.
    pub(super) local: mpsc::UnboundedSender<Unsettled>,
    /// Dropped consumers of ordered queues: they stay the active ones until all their deliveries are settled.
    pub(super) dropped_consumers: Mutex<Vec<lapin::Consumer>>,
    /// Whether this process closes the channel.
    pub(super) closing: AtomicBool,
}

impl ConsumerChannel {
    pub(super) fn is_open(&self) -> bool {
        self.channel.status().connected()
    }

    /// Keeps the consumer of an ordered queue active until all its deliveries are settled.
    pub(super) fn keep_consumer(&self, consumer: lapin::Consumer) {
        self.dropped_consumers.lock().unwrap_or_else(PoisonError::into_inner).push(consumer);
    }

    /// Gives everything unsettled back at once, by closing the channel: the broker puts the messages where they were,
    /// and lets the next consumer take over. Messages that are given back one by one would follow those that are
    /// buffered here, and a consumer that is cancelled first would let the next one start too early.
    fn give_back_in_order(&self) {
        self.closing.store(true, Ordering::Relaxed);
        let consumers =
            std::mem::take(&mut *self.dropped_consumers.lock().unwrap_or_else(PoisonError::into_inner));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let channel = self.channel.clone();
        runtime.spawn(async move {
            // An error means that it is closed already.
            let _ = channel.close(200, "given back in order".into()).await;
            drop(consumers);
        });
    }
}

impl Drop for ConsumerChannel {
    fn drop(&mut self) {
        if self.dropped_consumers.get_mut().is_ok_and(|consumers| !consumers.is_empty()) {
            self.give_back_in_order();
        }
    }
}

impl RedeliveryMode {
    /// Whether a released message is published again.
    pub(super) fn republishes(self) -> bool {
        matches!(self, Self::Once | Self::Republish)
    }
}

impl Origin {
    /// The kind of the queue, where released messages are published to it again.
    pub(super) fn republish_kind(&self) -> QueueKind {
        QueueKind::Work { dead: self.dead_letters.clone(), ordered: false }
    }
}

impl Unsettled {
    /// Checks that the broker still waits for the settlement: when the connection breaks, it takes the message back.
    pub(super) fn check_channel(&self) -> Result<()> {
        match &self.holder {
            Holder::Broker { channel, .. } if !channel.is_open() => {
                Err(Error::new(ErrorKind::Connection, CONNECTION_LOST))
            }
            _ => Ok(()),
        }
    }

    /// Makes the broker forget the message. This queues the frame and does not wait for the socket: if the connection
    /// breaks first, the broker delivers the message again, as it does if it breaks just after.
    pub(super) fn acknowledge(self) -> Result<()> {
        let Holder::Broker { channel, tag } = &self.holder else { return Ok(()) };
        match channel.channel.basic_ack(*tag, BasicAckOptions::default()).now_or_never() {
            Some(Err(error)) => Err(broken(CONNECTION_LOST, error)),
            _ => Ok(()),
        }
    }

    /// Gives the message back to its queue.
    pub(super) fn give_back(self) -> Result<()> {
        match &self.holder {
            Holder::Broker { channel, .. } if self.origin.mode == RedeliveryMode::InOrder => {
                channel.give_back_in_order();
                Ok(())
            }
            Holder::Broker { channel, tag } => {
                let options = BasicNackOptions { requeue: true, multiple: false };
                match channel.channel.basic_nack(*tag, options).now_or_never() {
                    Some(Err(error)) => Err(broken(CONNECTION_LOST, error)),
                    _ => Ok(()),
                }
            }
            Holder::Process(local) => {
                let local = local.clone();
                // The consumer may have been dropped. Its queue is gone then, too.
                let _ = local.send(self);
                Ok(())
            }
        }
    }
}

const CONNECTION_LOST: &str =
    "the connection of the delivery was lost: the broker delivers the message again";
