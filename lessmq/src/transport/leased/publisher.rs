//! Publishes batches to any number of queues and topics.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::join_all;

use super::broker::Target;
use super::connection::Connection;
use super::message::LeasedMessage;
use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};

/// A message with its target, or the error why it cannot be sent.
pub(super) type Prepared = Result<(Target, LeasedMessage)>;

/// Stores messages, and returns one result for each, in the same order.
pub(super) async fn publish(
    connection: &Connection,
    batch: impl Iterator<Item = Prepared>,
) -> Vec<Result<()>> {
    let mut refused = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut of_key: HashMap<(Target, Text), usize> = HashMap::new();
    let mut count = 0;
    for (index, prepared) in batch.enumerate() {
        count += 1;
        let (target, message) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                refused.push((index, Err(error)));
                continue;
            }
        };
        let known =
            message.key.clone().map(|key| of_key.entry((target.clone(), key)).or_insert(groups.len()));
        match known.and_then(|place| groups.get_mut(*place)) {
            Some(group) => group.messages.push((index, Arc::new(message))),
            None => groups.push(Group { target, messages: vec![(index, Arc::new(message))] }),
        }
    }
    let stored = join_all(groups.into_iter().map(|group| group.store(connection))).await;
    let mut results: Vec<_> = (0..count).map(|_| None).collect();
    for (index, result) in stored.into_iter().flatten().chain(refused) {
        results[index] = Some(result);
    }
    let lost = || Err(Error::new(ErrorKind::Internal, "a message was sent without a result"));
    results.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
}

/// Messages whose order is kept, or a single message, with their indices in the batch.
struct Group {
    target: Target,
    messages: Vec<(usize, Arc<LeasedMessage>)>,
}

impl Group {
    async fn store(self, connection: &Connection) -> Vec<(usize, Result<()>)> {
        let sender = connection.senders.to(self.target);
        let (places, messages): (Vec<_>, Vec<_>) = self.messages.into_iter().unzip();
        places.into_iter().zip(sender.store_all(messages, Connection::give_up()).await).collect()
    }
}
