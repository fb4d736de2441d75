//! Defects of redriving dead letters.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use lessmq::Result;
use lessmq::envelope::{Envelope, MessageId};
use lessmq::transport::{
    DeadLetter, DeadLetterReason, Delivery, Destination, Outgoing, Queue, Settlement, Source, Transport,
};

use crate::driver::{Fault, Unsettled, lock};
use crate::settling::settling;
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row(
            "loses redriven messages",
            settling(|_, s| Some(if s == Settlement::Redrive { Settlement::Acknowledge } else { s })),
            &[
                "a_redriven_message_comes_back_to_its_source_with_attempt_one",
                "a_redriven_message_comes_back_to_an_external_queue",
                "only_dead_letters_can_be_redriven",
                "the_dead_letters_of_a_broadcast_cannot_be_redriven",
            ],
        ),
        row(
            "goes on counting the attempts of a redriven message",
            Remembering::new(|delivery| delivery.attempt += 1),
            &["a_redriven_message_comes_back_to_its_source_with_attempt_one"],
        ),
        row(
            "leaves the reason on a redriven message",
            Remembering::new(|delivery| delivery.dead_letter = Some(letter())),
            &[
                "a_redriven_message_comes_back_to_its_source_with_attempt_one",
                "a_redriven_message_can_be_given_up_again",
            ],
        ),
        row(
            "gives a redriven message another id",
            Publishing { change: |envelope| envelope.id = MessageId::new(), then: Settlement::Acknowledge },
            &["a_redriven_message_is_complete"],
        ),
        row(
            "keeps redriven dead letters",
            Publishing { change: |_| (), then: Settlement::Release },
            &["a_redrive_removes_the_dead_letter"],
        ),
        row(
            "publishes a redriven event to its topic",
            Publishing { change: |_| (), then: Settlement::Acknowledge },
            &["a_redriven_event_goes_to_its_group_only"],
        ),
        row(
            "takes a redriven message for a duplicate",
            DropsDuplicates,
            &["a_redriven_message_comes_back_to_an_ordered_source"],
        ),
        row(
            "loses a message that cannot be redriven",
            LosesUnsupported,
            &["only_dead_letters_can_be_redriven", "the_dead_letters_of_a_broadcast_cannot_be_redriven"],
        ),
    ]
}

fn letter() -> DeadLetter {
    DeadLetter { reason: DeadLetterReason::Broker, detail: "an old reason".to_owned(), attempts: 3 }
}

/// Changes how redriven messages are delivered.
struct Remembering {
    redriven: Mutex<HashSet<MessageId>>,
    change: fn(&mut Delivery),
}

impl Remembering {
    fn new(change: fn(&mut Delivery)) -> Self {
        Self { redriven: Mutex::default(), change }
    }
}

#[async_trait]
impl Fault for Remembering {
    fn alter_delivery(&self, mut delivery: Delivery) -> Delivery {
        if lock(&self.redriven).contains(&delivery.envelope.id) {
            (self.change)(&mut delivery);
        }
        delivery
    }

    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        if settlement == Settlement::Redrive {
            lock(&self.redriven).insert(unsettled.envelope.id.clone());
        }
        unsettled.acknowledger.settle(settlement).await
    }
}

/// Publishes to the destination instead, and then settles the dead letter.
struct Publishing {
    change: fn(&mut Envelope),
    then: Settlement,
}

#[async_trait]
impl Fault for Publishing {
    async fn settle(&self, mut unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        if settlement != Settlement::Redrive {
            return unsettled.acknowledger.settle(settlement).await;
        }
        (self.change)(Arc::make_mut(&mut unsettled.envelope));
        let destination: Destination = match unsettled.source.redrive_target()? {
            Source::Subscription(subscription) => subscription.topics[0].clone().into(),
            Source::Queue(queue) => queue.clone().into(),
            Source::DeadLetters(_) => unreachable!("the target of a redrive is never dead letters"),
        };
        unsettled.bus.publish_one(Outgoing::new(destination, unsettled.envelope)).await?;
        unsettled.acknowledger.settle(self.then.clone()).await
    }
}

/// An ordered queue that drops what it has seen before, by the id.
struct DropsDuplicates;

#[async_trait]
impl Fault for DropsDuplicates {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        let ordered =
            matches!(unsettled.source.origin(), Source::Queue(Queue::Commands { ordered: true, .. }));
        let drops = ordered && settlement == Settlement::Redrive;
        unsettled.acknowledger.settle(if drops { Settlement::Acknowledge } else { settlement }).await
    }
}

struct LosesUnsupported;

#[async_trait]
impl Fault for LosesUnsupported {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        match unsettled.source.redrive_target() {
            Err(error) if settlement == Settlement::Redrive => {
                unsettled.acknowledger.settle(Settlement::Acknowledge).await?;
                Err(error)
            }
            _ => unsettled.acknowledger.settle(settlement).await,
        }
    }
}
