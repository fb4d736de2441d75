//! The queue where the replies to calls arrive.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use tokio::task::JoinHandle;

use super::decode;
use super::failure::{connection_error, declaration_error};
use crate::envelope::Frame;
use crate::error::Result;
use crate::transport::kit::PendingReplies;

/// The replies to the calls of one session: an exclusive queue, which the broker deletes with the connection.
pub(super) struct ReplyQueue {
    pub(super) name: ShortString,
    pub(super) pending: Arc<PendingReplies<Frame>>,
    receiving: JoinHandle<()>,
}

impl ReplyQueue {
    /// Declares the queue and starts to consume it.
    pub(super) async fn open(channel: &Channel, name: ShortString) -> Result<Self> {
        let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
        let declaring = channel.queue_declare(name.clone(), options, FieldTable::default()).await;
        declaring.map_err(|error| declaration_error(&format!("queue `{name}`"), error))?;
        let options = BasicConsumeOptions { no_ack: true, exclusive: true, ..Default::default() };
        let consuming = channel.basic_consume(name.clone(), "".into(), options, FieldTable::default()).await;
        let consumer = consuming.map_err(|error| connection_error("cannot receive replies", error))?;
        let pending = Arc::new(PendingReplies::new());
        let receiving = tokio::spawn(receive(consumer, Arc::clone(&pending)));
        Ok(Self { name, pending, receiving })
    }
}

impl Drop for ReplyQueue {
    fn drop(&mut self) {
        self.receiving.abort();
    }
}

/// Delivers replies to their callers until the connection or the queue ends.
async fn receive(
    mut replies: impl Stream<Item = lapin::Result<Delivery>> + Unpin,
    pending: Arc<PendingReplies<Frame>>,
) {
    while let Some(Ok(reply)) = replies.next().await {
        let id = reply.properties.correlation_id().as_ref().and_then(|id| id.as_str().parse().ok());
        if let Some(id) = id {
            pending.deliver(id, decode::read_frame(&reply.properties, Bytes::from(reply.data)));
        }
    }
    pending.end();
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use futures_util::stream;
    use lapin::BasicProperties;

    use super::*;

    fn reply_to(id: u64) -> Delivery {
        let mut reply = Delivery::mock(1, "".into(), "".into(), false, b"reply".to_vec());
        reply.properties = BasicProperties::default().with_correlation_id(id.to_string().into());
        reply
    }

    #[tokio::test]
    async fn callers_get_their_replies_until_the_queue_ends() {
        let pending = Arc::new(PendingReplies::new());
        let (mut answered, mut unanswered) = (pending.register().unwrap(), pending.register().unwrap());
        receive(stream::iter([Ok(reply_to(answered.id())), Ok(reply_to(99))]), Arc::clone(&pending)).await;
        assert_eq!(answered.next().await.unwrap().data, "reply");
        assert_eq!(unanswered.next().await, None);
        assert!(pending.has_ended() && pending.register().is_none());
    }
}
