//! Makes a [`Delivery`] of a message that lapin received.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::decode::{self, Incoming};
use super::responder::ReplyTo;
use super::settle::Settler;
use super::unsettled::{ConsumerChannel, Holder, Origin, RedeliveryMode, Unsettled};
use crate::envelope::Envelope;
use crate::transport::{Delivery, Responder};

/// The unsettled message of a delivery that was just received.
pub(super) fn receive(
    channel: &Arc<ConsumerChannel>,
    origin: &Arc<Origin>,
    delivery: lapin::message::Delivery,
) -> Unsettled {
    channel.acknowledgements.add(delivery.delivery_tag);
    Unsettled {
        origin: Arc::clone(origin),
        holder: Holder::Broker { channel: Arc::clone(channel), tag: delivery.delivery_tag },
        properties: delivery.properties,
        data: Bytes::from(delivery.data),
        attempt: 0,
        received_at: Instant::now(),
        permit: None,
        given_id: None,
    }
}

/// Makes a delivery of a message. An attempt that this process has counted (above 0) overrides the headers.
pub(super) fn deliver(mut unsettled: Unsettled) -> Delivery {
    let Incoming { mut envelope, id_is_new, attempt, published_at, dead_letter } =
        decode::read(&unsettled.properties, unsettled.data.clone());
    if unsettled.attempt == 0 {
        unsettled.attempt = attempt;
    }
    if id_is_new {
        match &unsettled.given_id {
            Some(id) => envelope.id = id.clone(),
            None => unsettled.given_id = Some(envelope.id.clone()),
        }
    }
    let envelope = Arc::new(envelope);
    let responder = responder(&unsettled, &envelope);
    let is_dead = unsettled.origin.queue == unsettled.origin.dead_letters;
    Delivery {
        attempt: unsettled.attempt,
        published_at,
        dead_letter: dead_letter.filter(|_| is_dead),
        received_at: unsettled.received_at,
        responder,
        ..Delivery::new(envelope, Box::new(Settler::new(unsettled)))
    }
}

/// Sends the reply to a caller. Only calls have a responder: a delivery with a responder is acknowledged before it is
/// handled, and a command or event with a reply queue must not be lost if its handler fails.
fn responder(unsettled: &Unsettled, call: &Arc<Envelope>) -> Option<Arc<dyn Responder>> {
    if unsettled.origin.mode != RedeliveryMode::Once {
        return None;
    }
    let queue = unsettled.properties.reply_to().clone().filter(|queue| !queue.as_str().is_empty())?;
    Some(Arc::new(ReplyTo {
        shared: Arc::clone(&unsettled.origin.shared),
        queue,
        correlation_id: unsettled.properties.correlation_id().clone(),
        call: Arc::clone(call),
        provider: unsettled.origin.provider.clone(),
    }))
}

/// Drops a call that was delivered before a connection broke or a process died. It may have been handled, and calls are
/// handled at most once.
pub(super) fn drop_call(unsettled: Unsettled) {
    let id = unsettled.properties.message_id().as_ref().map(ToString::to_string);
    tracing::debug!(id, queue = unsettled.origin.queue, "dropped a call that may have been handled already");
    // If this fails, the call is delivered again and dropped then.
    let _ = unsettled.acknowledge();
}
