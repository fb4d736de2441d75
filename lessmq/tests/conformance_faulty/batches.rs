//! Defects of publishing several messages at once.

use async_trait::async_trait;
use lessmq::transport::memory::Memory;
use lessmq::transport::{BatchLimit, Capabilities, Outgoing, Transport};
use lessmq::{Error, ErrorKind, Result};

use crate::driver::Fault;
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let results = &["a_batch_has_a_result_for_each_message_in_order"];
    let others = &["a_message_that_fails_does_not_keep_others_from_being_stored"];
    vec![
        row("reports one result for a batch", publishing(|results| results.truncate(1)), results),
        row("reports the results in another order", publishing(|results| results.reverse()), results),
        row(
            "reports that every message is stored",
            publishing(|results| results.iter_mut().for_each(|result| *result = Ok(()))),
            results,
        ),
        row(
            "reports a failure for the whole batch",
            publishing(|results| {
                if results.iter().any(Result::is_err) {
                    results.iter_mut().for_each(|result| *result = Err(rejected()));
                }
            }),
            results,
        ),
        row("stops a batch at the first failure", StopsAtFailure, others),
        row("stores all messages of a batch or none", AllOrNone, others),
        row(
            "fails an empty batch",
            publishing(|results| {
                if results.is_empty() {
                    results.push(Err(rejected()));
                }
            }),
            &["an_empty_batch_has_no_results"],
        ),
        row(
            "sends the first part of a batch over the limit of messages",
            SendsFirstPart(BatchLimit { messages: 10, bytes: usize::MAX }),
            &["a_batch_of_more_messages_than_the_limit_is_split"],
        ),
        row(
            "sends the first part of a batch over the limit of bytes",
            SendsFirstPart(BatchLimit { messages: usize::MAX, bytes: 16 * 1024 * 1024 }),
            &["a_batch_of_more_bytes_than_the_limit_is_split"],
        ),
        row("reverses a batch", Reverses, &["a_batch_keeps_the_order_of_each_partition_key"]),
        row(
            "sends a batch to the destination of its first message",
            OneDestination,
            &["a_batch_can_have_several_destinations"],
        ),
        row(
            "reports one result for a batch after close",
            publishing(|results| results.truncate(1)),
            &["every_message_of_a_batch_fails_after_close"],
        ),
    ]
}

fn rejected() -> Error {
    Error::new(ErrorKind::Connection, "the broker rejected the batch")
}

/// Changes the results of a batch.
struct Publishing(fn(&mut Vec<Result<()>>));

fn publishing(change: fn(&mut Vec<Result<()>>)) -> Publishing {
    Publishing(change)
}

#[async_trait]
impl Fault for Publishing {
    async fn publish_batch(&self, bus: &Memory, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        let mut results = bus.publish(batch).await;
        (self.0)(&mut results);
        results
    }
}

struct StopsAtFailure;

#[async_trait]
impl Fault for StopsAtFailure {
    async fn publish_batch(&self, bus: &Memory, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        let mut results = Vec::new();
        let mut failed = false;
        for message in batch {
            results.push(if failed { Ok(()) } else { bus.publish_one(message).await });
            failed |= results.last().is_some_and(Result::is_err);
        }
        results
    }
}

struct AllOrNone;

#[async_trait]
impl Fault for AllOrNone {
    async fn publish_batch(&self, bus: &Memory, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        let limits = bus.capabilities();
        let fits = |message: &Outgoing| limits.check_size(&message.envelope).is_ok();
        if batch.iter().all(fits) {
            return bus.publish(batch).await;
        }
        batch.iter().map(|message| limits.check_size(&message.envelope)).collect()
    }
}

struct SendsFirstPart(BatchLimit);

#[async_trait]
impl Fault for SendsFirstPart {
    fn capabilities(&self, mut honest: Capabilities) -> Capabilities {
        honest.max_batch = self.0;
        honest
    }

    async fn publish_batch(&self, bus: &Memory, batch: Vec<Outgoing>) -> Vec<Result<()>> {
        let (mut messages, mut bytes) = (0, 0);
        let mut results = Vec::new();
        for message in batch {
            messages += 1;
            bytes += message.envelope.encoded_len();
            let fits = messages <= self.0.messages && bytes <= self.0.bytes;
            results.push(if fits { bus.publish_one(message).await } else { Ok(()) });
        }
        results
    }
}

struct Reverses;

#[async_trait]
impl Fault for Reverses {
    async fn publish_batch(&self, bus: &Memory, mut batch: Vec<Outgoing>) -> Vec<Result<()>> {
        batch.reverse();
        bus.publish(batch).await
    }
}

struct OneDestination;

#[async_trait]
impl Fault for OneDestination {
    async fn publish_batch(&self, bus: &Memory, mut batch: Vec<Outgoing>) -> Vec<Result<()>> {
        let first = batch.first().map(|message| message.destination.clone());
        for (message, destination) in batch.iter_mut().zip(first.iter().cycle()) {
            message.destination = destination.clone();
        }
        bus.publish(batch).await
    }
}
