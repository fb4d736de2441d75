//! The capabilities of RabbitMQ.

use std::time::Duration;

use super::retry_levels::MAX_DELAY;
use crate::transport::{BatchLimit, Capabilities};

/// The largest message of RabbitMQ 4, unless it is configured otherwise. Older versions accept larger ones.
const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

pub(super) static CAPABILITIES: Capabilities = Capabilities {
    // All headers of a message must fit into one frame of 128 KiB.
    max_attributes: 64 * 1024,
    // The broker has no limit. These values limit the use of memory.
    max_batch: BatchLimit { messages: 1000, bytes: MAX_MESSAGE_BYTES },
    // The default `consumer_timeout` of the broker.
    max_hold: Some(Duration::from_secs(30 * 60)),
    max_delay: MAX_DELAY,
    max_name: u8::MAX as usize,
    ordering: true,
    status: true,
    purge: true,
    external: true,
    durable: true,
    ..Capabilities::new("rabbitmq", MAX_MESSAGE_BYTES)
};
