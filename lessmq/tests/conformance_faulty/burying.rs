//! Defects of releases and dead letters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use lessmq::Result;
use lessmq::envelope::MessageId;
use lessmq::transport::{
    DeadLetter, DeadLetterReason, Delivery, Outgoing, Queue, Settlement, Source, Transport,
};

use crate::driver::{Fault, Unsettled, lock};
use crate::settling::{Delivering, NOW, settling};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = releases();
    rows.extend(dead_letters());
    rows
}

fn releases() -> Vec<Row> {
    vec![
        row(
            "counts an attempt that did not happen",
            Delivering(|delivery| delivery.attempt *= 2),
            &["a_released_message_is_delivered_again"],
        ),
        row(
            "loses released messages",
            settling(|_, s| Some(if s == Settlement::Release { Settlement::Acknowledge } else { s })),
            &["a_released_message_is_delivered_again"],
        ),
        row("forgets attempts at a release", StartsAgain, &["a_released_message_keeps_its_attempts"]),
        row("empties released messages", EmptiesReleased, &["a_released_message_is_unchanged"]),
        row(
            "puts released messages behind the others",
            StartsAgain,
            &["an_ordered_source_keeps_its_order_when_a_message_comes_back"],
        ),
        row(
            "gives up messages that are released often",
            GivesUpReleased::default(),
            &["releases_never_make_a_message_a_dead_letter"],
        ),
    ]
}

fn dead_letters() -> Vec<Row> {
    let (complete, reason) = (&["a_dead_letter_is_kept_complete"], &["a_dead_letter_keeps_its_reason"]);
    vec![
        row(
            "loses dead letters",
            settling(|_, s| Some(if is_dead(&s) { Settlement::Acknowledge } else { s })),
            complete,
        ),
        row(
            "loses the payload of a dead letter",
            Burying(|d, _| Arc::make_mut(&mut d.envelope).data = Bytes::new()),
            complete,
        ),
        row(
            "loses an attribute of a dead letter",
            Burying(|d, _| Arc::make_mut(&mut d.envelope).trace_parent = None),
            complete,
        ),
        row("loses the reason", Burying(|_, letter| letter.reason = DeadLetterReason::Broker), reason),
        row("loses the detail", Burying(|_, letter| letter.detail.clear()), reason),
        row("makes the detail ASCII", Burying(|_, letter| letter.detail.retain(|c| c.is_ascii())), reason),
        row("loses the attempts", Burying(|_, letter| letter.attempts = 1), reason),
        row("copies a dead letter", Copies, &["a_dead_letter_is_removed_from_its_source"]),
        row(
            "keeps acknowledged dead letters",
            settling(|source, s| {
                let keep = s == Settlement::Acknowledge && matches!(source, Source::DeadLetters(_));
                Some(if keep { Settlement::Release } else { s })
            }),
            &["an_acknowledged_dead_letter_is_forgotten"],
        ),
        row(
            "loses released dead letters",
            settling(|source, s| {
                let lose = s == Settlement::Release && matches!(source, Source::DeadLetters(_));
                Some(if lose { Settlement::Acknowledge } else { s })
            }),
            &["a_released_dead_letter_stays"],
        ),
    ]
}

fn is_dead(settlement: &Settlement) -> bool {
    matches!(settlement, Settlement::DeadLetter(_))
}

/// The queue of commands that a delivery came from.
fn queue_of_commands(unsettled: &Unsettled) -> Option<Queue> {
    match &unsettled.source {
        Source::Queue(queue @ Queue::Commands { .. }) => Some(queue.clone()),
        _ => None,
    }
}

/// Publishes a released message as a new one.
struct StartsAgain;

#[async_trait]
impl Fault for StartsAgain {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        let (Settlement::Release, Some(queue)) = (&settlement, queue_of_commands(&unsettled)) else {
            return unsettled.acknowledger.settle(settlement).await;
        };
        unsettled.bus.publish_one(Outgoing::new(queue, unsettled.envelope.clone())).await?;
        unsettled.acknowledger.settle(Settlement::Acknowledge).await
    }
}

struct EmptiesReleased;

#[async_trait]
impl Fault for EmptiesReleased {
    async fn settle(&self, mut unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        Arc::make_mut(&mut unsettled.envelope).extensions.clear();
        StartsAgain.settle(unsettled, settlement).await
    }
}

/// A delivery limit, as brokers have: it counts releases as well.
#[derive(Default)]
struct GivesUpReleased(Mutex<HashMap<MessageId, u32>>);

#[async_trait]
impl Fault for GivesUpReleased {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        if settlement != Settlement::Release {
            return unsettled.acknowledger.settle(settlement).await;
        }
        let releases = {
            let mut counts = lock(&self.0);
            let count = counts.entry(unsettled.envelope.id.clone()).or_default();
            *count += 1;
            *count
        };
        let letter = DeadLetter {
            reason: DeadLetterReason::Broker,
            detail: "delivery limit".to_owned(),
            attempts: 20,
        };
        let settlement = if releases < 20 { NOW } else { Settlement::DeadLetter(letter) };
        unsettled.acknowledger.settle(settlement).await
    }
}

/// Changes what is read as a dead letter.
struct Burying(fn(&mut Delivery, &mut DeadLetter));

impl Fault for Burying {
    fn alter_delivery(&self, mut delivery: Delivery) -> Delivery {
        if let Some(mut letter) = delivery.dead_letter.take() {
            (self.0)(&mut delivery, &mut letter);
            delivery.dead_letter = Some(letter);
        }
        delivery
    }
}

struct Copies;

#[async_trait]
impl Fault for Copies {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        if let (true, Some(queue)) = (is_dead(&settlement), queue_of_commands(&unsettled)) {
            unsettled.bus.publish_one(Outgoing::new(queue, unsettled.envelope.clone())).await?;
        }
        unsettled.acknowledger.settle(settlement).await
    }
}

/// Brokers that count a release as an attempt keep the promise.
#[tokio::test(start_paused = true)]
async fn a_driver_that_counts_releases_as_attempts_passes() {
    let fault = Arc::new(settling(|_, s| Some(if s == Settlement::Release { NOW } else { s })));
    for name in [
        "a_released_message_is_delivered_again",
        "a_released_message_keeps_its_attempts",
        "releases_never_make_a_message_a_dead_letter",
    ] {
        crate::case(name).run(&crate::FaultyHarness::new(fault.clone())).await.assert_passed();
    }
}
