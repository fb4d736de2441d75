//! Publishing many messages at once.
//!
//! The messages of one destination are sent one after the other, without waiting for confirms in between. The broker
//! stores the messages of one channel in order. So after a broken connection, the unconfirmed messages are the end of
//! the batch. They are sent again, in order.
//!
//! The broker may also reject a message and store those after it. So of an ordered destination, only one message of each
//! partition key is in flight at a time.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout_at};

use super::capabilities::CAPABILITIES;
use super::encode;
use super::failure;
use super::publish_to::PublishTo;
use super::publisher::{Attempt, Publisher, RESEND_DELAY, TIMEOUT, no_answer_error};
use super::session::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{BatchLimit, Destination, Outgoing, order_error};

impl Publisher {
    /// Publishes messages, and stores their results in `results`, in the same order. Messages that already have a
    /// result are skipped.
    pub(super) async fn publish_batch(&self, batch: &[Outgoing], results: &mut [Option<Result<()>>]) {
        let _in_progress = self.start_publish();
        let mut groups: HashMap<&Destination, Vec<usize>> = HashMap::new();
        for (index, message) in batch.iter().enumerate() {
            if results[index].is_none() {
                groups.entry(&message.destination).or_default().push(index);
            }
        }
        let publishing = groups.into_iter().map(|(destination, indices)| async move {
            let group = Group { publisher: self, destination, batch };
            if destination.is_ordered() {
                group.publish_in_order(indices).await
            } else {
                group.publish_all(&indices).await
            }
        });
        for (index, result) in join_all(publishing).await.into_iter().flatten() {
            results[index] = Some(result);
        }
    }
}

/// Splits `indices` into parts whose messages are within `limit`.
fn split<'a>(batch: &[Outgoing], indices: &'a [usize], limit: BatchLimit) -> Vec<&'a [usize]> {
    let mut parts = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (end, index) in indices.iter().enumerate() {
        let length = batch[*index].envelope.encoded_len();
        if end > start && (end - start >= limit.messages || bytes + length > limit.bytes) {
            parts.push(&indices[start..end]);
            (start, bytes) = (end, 0);
        }
        bytes += length;
    }
    parts.push(&indices[start..]);
    parts
}

/// The messages of a batch that go to one destination.
struct Group<'a> {
    publisher: &'a Publisher,
    destination: &'a Destination,
    batch: &'a [Outgoing],
}

impl Group<'_> {
    /// Publishes the messages at `indices` in waves, each with one message of each partition key. A message behind one
    /// that fails fails, too.
    async fn publish_in_order(&self, indices: Vec<usize>) -> Vec<(usize, Result<()>)> {
        let mut finished = Vec::with_capacity(indices.len());
        let mut keys: HashMap<_, VecDeque<usize>> = HashMap::new();
        for index in indices {
            keys.entry(&self.batch[index].envelope.partition_key).or_default().push_back(index);
        }
        loop {
            let mut wave: Vec<_> = keys.values_mut().filter_map(VecDeque::pop_front).collect();
            if wave.is_empty() {
                return finished;
            }
            wave.sort_unstable();
            for (index, result) in self.publish_all(&wave).await {
                if let Err(error) = &result {
                    let behind = keys.remove(&self.batch[index].envelope.partition_key).unwrap_or_default();
                    let kind = error.kind();
                    finished.extend(behind.into_iter().map(|later| (later, Err(order_error(kind)))));
                }
                finished.push((index, result));
            }
        }
    }

    /// Publishes the messages at `indices`, and returns each index with its result.
    async fn publish_all(&self, indices: &[usize]) -> Vec<(usize, Result<()>)> {
        let mut finished = Vec::with_capacity(indices.len());
        for part in split(self.batch, indices, CAPABILITIES.max_batch) {
            finished.extend(self.publish_part(part).await);
        }
        finished
    }

    /// [`Group::publish_all`], within the limits of a batch.
    async fn publish_part(&self, indices: &[usize]) -> Vec<(usize, Result<()>)> {
        let deadline = Instant::now() + TIMEOUT;
        let mut finished = Vec::with_capacity(indices.len());
        let mut pending = indices.to_vec();
        while !pending.is_empty() {
            let session = match self.publisher.link.session(deadline).await {
                Ok(session) => session,
                Err(error) => {
                    finished.extend(fail_all(&pending, error));
                    break;
                }
            };
            let mut failed = Vec::new();
            for (index, attempt) in self.attempt(&session, &pending, deadline).await {
                match attempt {
                    Ok(Attempt::Stored) => finished.push((index, Ok(()))),
                    Err(error) if error.kind() != ErrorKind::Connection => finished.push((index, Err(error))),
                    Ok(Attempt::Failed(error)) | Err(error) => failed.push((index, error)),
                }
            }
            if Instant::now() + RESEND_DELAY >= deadline {
                finished.extend(failed.into_iter().map(|(index, error)| (index, Err(error))));
                break;
            }
            pending = failed.into_iter().map(|(index, _)| index).collect();
            if !pending.is_empty() && session.is_usable() {
                sleep(RESEND_DELAY).await;
            }
        }
        finished
    }

    async fn attempt(
        &self,
        session: &Arc<Session>,
        indices: &[usize],
        deadline: Instant,
    ) -> Vec<(usize, Result<Attempt>)> {
        let to = PublishTo::Destination(self.destination);
        let preparing = timeout_at(deadline, self.publisher.target(session, to)).await;
        let target = match preparing.unwrap_or_else(|_| Err(no_answer_error())) {
            Ok(target) => target,
            Err(error) => {
                return fail_all(indices, error)
                    .map(|(index, error)| (index, error.map(|()| Attempt::Stored)))
                    .collect();
            }
        };
        let publications = indices.iter().map(|index| {
            let envelope = &self.batch[*index].envelope;
            target.publication(encode::write_for(self.destination, envelope), &envelope.data)
        });
        let answers = target.channel.publish_all(publications, deadline).await;
        let finishing = indices.iter().zip(answers).map(|(index, answer)| async {
            let finished = match answer {
                Some(answer) => self.publisher.finish(session, to, &target, answer).await,
                None => Err(no_answer_error()),
            };
            (*index, finished)
        });
        join_all(finishing).await
    }
}

/// The same error for each message.
fn fail_all(indices: &[usize], error: Error) -> impl Iterator<Item = (usize, Result<()>)> {
    indices.iter().map(move |index| (*index, Err(failure::copy_error(&error))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;
    use crate::envelope::Envelope;
    use crate::transport::Queue;

    #[test]
    fn a_batch_is_split_at_its_limits() {
        let queue = Queue::Commands { service: "user".parse().unwrap(), ordered: false };
        let message = |length: usize| Outgoing::new(queue.clone(), Envelope::bare(vec![b' '; length]));
        let batch: Vec<_> = [10, 10, 10, 900, 2000, 10].map(message).into();
        let indices: Vec<_> = (0..batch.len()).collect();
        let limit = BatchLimit { messages: 2, bytes: 1200 };
        let parts: Vec<_> = split(&batch, &indices, limit).into_iter().map(<[usize]>::len).collect();
        assert_eq!(parts, [2, 2, 1, 1]);
    }
}
