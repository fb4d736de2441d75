//! An unsettled delivery, and the ways in which it goes back to its queue.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use lapin::{BasicProperties, Channel};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;

use super::acknowledgements::Acknowledgements;
use super::decode;
use super::failure::connection_error;
use super::session::Session;
use super::shared::Shared;
use super::topology::QueueKind;
use crate::envelope::{MessageId, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Source;

/// The queue of deliveries, with everything that is needed to settle them.
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

/// How unsettled messages go back to their queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RedeliveryMode {
    /// For calls: this process publishes them again. A call that the broker marks as redelivered may have been handled
    /// before a connection broke or a process died, so it is dropped. A call that a handler drops counts as delivered.
    Once,
    /// The broker requeues them.
    Requeue,
    /// The broker requeues them, together with all later ones.
    InOrder,
    /// This process publishes them again: quorum queues count requeued messages as attempts, also if no handler saw
    /// them.
    Republish,
    /// This process redelivers them to itself, because the queue is deleted with its consumer.
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
    /// Set with [`RedeliveryMode::Local`]: the message's part of the prefetch, until its last attempt is settled. The
    /// broker counts only messages that are not acknowledged.
    pub(super) permit: Option<Arc<OwnedSemaphorePermit>>,
    /// The generated id of a message without an id.
    pub(super) given_id: Option<MessageId>,
}

/// The holder of the message.
pub(super) enum Holder {
    /// The broker, until this tag is acknowledged.
    Broker { channel: Arc<ConsumerChannel>, tag: u64 },
    /// Only this process. The message is sent here for another attempt.
    Process(mpsc::UnboundedSender<Unsettled>),
}

/// The channel of one consumer. It stays open as long as one of its deliveries is unsettled.
pub(super) struct ConsumerChannel {
    pub(super) channel: Channel,
    pub(super) acknowledgements: Arc<Acknowledgements>,
    /// Keeps the connection open, even if the link has replaced it.
    pub(super) _session: Arc<Session>,
    /// Receives messages of [`RedeliveryMode::Local`] that are delivered again.
    pub(super) local: mpsc::UnboundedSender<Unsettled>,
    /// Dropped consumers of ordered queues. They stay active until all their deliveries are settled.
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

    /// Requeues all unsettled messages at once, by closing the channel. The broker puts them back in their order, and
    /// the next consumer takes over. If they were requeued one by one, they would follow the messages in this process's
    /// buffer. If the consumer was cancelled first, the next one would start too early.
    fn requeue_in_order(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.acknowledgements.flush();
        let consumers =
            std::mem::take(&mut *self.dropped_consumers.lock().unwrap_or_else(PoisonError::into_inner));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let channel = self.channel.clone();
        runtime.spawn(async move {
            // An error means that it is closed already.
            let _ = channel.close(200, "requeued in order".into()).await;
            drop(consumers);
        });
    }
}

impl Drop for ConsumerChannel {
    fn drop(&mut self) {
        self.acknowledgements.flush();
        if self.dropped_consumers.get_mut().is_ok_and(|consumers| !consumers.is_empty()) {
            self.requeue_in_order();
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
    /// The kind of the queue, for messages that are published to it again.
    pub(super) fn republish_kind(&self) -> QueueKind {
        QueueKind::Work { dead: self.dead_letters.clone(), ordered: false }
    }
}

impl Unsettled {
    /// Whether the message is a call that must not be handled twice.
    pub(super) fn is_handled_once(&self) -> bool {
        self.origin.mode == RedeliveryMode::Once && !decode::is_idempotent(&self.properties)
    }

    /// Checks that the connection is open. If it broke, the broker has requeued the message.
    pub(super) fn check_channel(&self) -> Result<()> {
        match &self.holder {
            Holder::Broker { channel, .. } if !channel.is_open() => {
                Err(Error::new(ErrorKind::Connection, CONNECTION_LOST))
            }
            _ => Ok(()),
        }
    }

    /// Acknowledges the message. This does not wait for the socket, nor for acknowledgements that are sent together with
    /// this one. If the connection breaks before it is sent, the broker delivers the message again.
    pub(super) fn acknowledge(self) -> Result<()> {
        let Holder::Broker { channel, tag } = &self.holder else { return Ok(()) };
        let acknowledged = channel.acknowledgements.acknowledge(*tag, &self.origin.shared);
        acknowledged.map_err(|error| connection_error(CONNECTION_LOST, error))
    }

    /// Puts the message back into its queue.
    pub(super) fn requeue(self) -> Result<()> {
        match &self.holder {
            Holder::Broker { channel, .. } if self.origin.mode == RedeliveryMode::InOrder => {
                channel.requeue_in_order();
                Ok(())
            }
            Holder::Broker { channel, tag } => {
                let requeued = channel.acknowledgements.requeue(*tag);
                requeued.map_err(|error| connection_error(CONNECTION_LOST, error))
            }
            Holder::Process(local) => {
                let local = local.clone();
                // The consumer may have been dropped. Its queue is then deleted, too.
                let _ = local.send(self);
                Ok(())
            }
        }
    }
}

const CONNECTION_LOST: &str =
    "the connection of the delivery was lost: the broker delivers the message again";
