//! Defects in settling.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use lessmq::Result;
use lessmq::transport::{
    Address, DeadLetter, DeadLetterReason, Delivery, Group, Settlement, Source, Transport,
};
use tokio::time::sleep;

use crate::driver::{Fault, Held};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row(
            "loses acknowledgements",
            settling(|_, s| Some(if s == Settlement::Acknowledge { Settlement::Release } else { s })),
            &["an_acknowledged_message_is_forgotten"],
        ),
        row(
            "counts releases as attempts",
            settling(|_, s| Some(if s == Settlement::Release { NOW } else { s })),
            &["a_released_message_is_delivered_without_counting_an_attempt"],
        ),
        row(
            "puts what is released behind the others",
            ReleasesLast,
            &["an_ordered_source_keeps_its_order_when_a_message_comes_back"],
        ),
        row(
            "acknowledges what is dropped unsettled",
            Dropping(|held| held.settle_soon(Settlement::Acknowledge)),
            &["an_unsettled_message_is_delivered_again"],
        ),
        row(
            "does not count what is dropped unsettled",
            Dropping(|held| held.settle_soon(Settlement::Release)),
            &["an_unsettled_message_is_delivered_again"],
        ),
        row(
            "delivers a dropped call again",
            Dropping(|held| {
                if held.is_call {
                    held.settle_soon(Settlement::Release);
                }
            }),
            &["an_unsettled_call_is_not_delivered_again"],
        ),
    ];
    rows.extend(retries());
    rows.extend(dead_letters());
    rows
}

const NOW: Settlement = Settlement::Retry { after: Duration::ZERO };

fn retries() -> Vec<Row> {
    vec![
        row(
            "loses what is to be retried",
            settling(|_, s| Some(if is_retry(&s) { Settlement::Acknowledge } else { s })),
            &["a_retried_message_is_delivered_again"],
        ),
        row(
            "ignores the retry delay",
            settling(|_, s| Some(if is_retry(&s) { NOW } else { s })),
            &["a_retried_message_comes_no_earlier_than_asked", "a_message_is_not_retried_in_a_hot_loop"],
        ),
        row(
            "does not count attempts",
            Delivering(|delivery| delivery.attempt = 1),
            &["a_retried_message_counts_its_attempts", "an_unsettled_message_is_delivered_again"],
        ),
        row(
            "drops extensions when it retries",
            Delivering(|delivery| {
                if delivery.attempt > 1 {
                    Arc::make_mut(&mut delivery.envelope).extensions.clear();
                }
            }),
            &["a_retried_message_is_still_whole"],
        ),
        row("blocks its source while it retries", Blocks, &["a_retry_does_not_hold_up_other_messages"]),
        row(
            "publishes an event again to retry it",
            PublishesAgain,
            &["a_retried_event_returns_to_its_group_alone"],
        ),
    ]
}

fn dead_letters() -> Vec<Row> {
    let (whole, why) = (&["a_dead_letter_is_kept_whole"], &["a_dead_letter_says_why"]);
    vec![
        row(
            "loses dead letters",
            settling(|_, s| Some(if is_dead(&s) { Settlement::Acknowledge } else { s })),
            whole,
        ),
        row(
            "loses the payload of a dead letter",
            Burying(|d, _| Arc::make_mut(&mut d.envelope).data = Bytes::new()),
            whole,
        ),
        row(
            "loses an attribute of a dead letter",
            Burying(|d, _| Arc::make_mut(&mut d.envelope).trace_parent = None),
            whole,
        ),
        row("loses the reason", Burying(|_, letter| letter.reason = DeadLetterReason::Broker), why),
        row("loses the detail", Burying(|_, letter| letter.detail.clear()), why),
        row("makes the detail ASCII", Burying(|_, letter| letter.detail.retain(|c| c.is_ascii())), why),
        row("loses the attempts", Burying(|_, letter| letter.attempts = 1), why),
        row("copies a dead letter", Copies, &["a_dead_letter_has_left_its_source"]),
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

fn is_retry(settlement: &Settlement) -> bool {
    matches!(settlement, Settlement::Retry { .. })
}

fn is_dead(settlement: &Settlement) -> bool {
    matches!(settlement, Settlement::DeadLetter(_))
}

/// Settles otherwise than asked; `None`, not at all.
pub(crate) struct Settling(fn(&Source, Settlement) -> Option<Settlement>);

pub(crate) fn settling(change: fn(&Source, Settlement) -> Option<Settlement>) -> Settling {
    Settling(change)
}

#[async_trait]
impl Fault for Settling {
    async fn settle(&self, held: Held, settlement: Settlement) -> Result<()> {
        match (self.0)(&held.source, settlement) {
            Some(settlement) => held.acknowledger.settle(settlement).await,
            None => Ok(()),
        }
    }
}

/// Does something with what was not settled.
struct Dropping(fn(Held));

impl Fault for Dropping {
    fn drop_unsettled(&self, held: Held) {
        (self.0)(held);
    }
}

/// Changes what is delivered.
struct Delivering(fn(&mut Delivery));

impl Fault for Delivering {
    fn deliver(&self, mut delivery: Delivery) -> Delivery {
        (self.0)(&mut delivery);
        delivery
    }
}

/// Changes what is read as a dead letter.
struct Burying(fn(&mut Delivery, &mut DeadLetter));

impl Fault for Burying {
    fn deliver(&self, mut delivery: Delivery) -> Delivery {
        if let Some(mut letter) = delivery.dead_letter.take() {
            (self.0)(&mut delivery, &mut letter);
            delivery.dead_letter = Some(letter);
        }
        delivery
    }
}

struct Blocks;

#[async_trait]
impl Fault for Blocks {
    async fn settle(&self, held: Held, settlement: Settlement) -> Result<()> {
        let Settlement::Retry { after } = settlement else {
            return held.acknowledger.settle(settlement).await;
        };
        tokio::spawn(async move {
            sleep(after).await;
            held.acknowledger.settle(NOW).await
        });
        Ok(())
    }
}

struct PublishesAgain;

#[async_trait]
impl Fault for PublishesAgain {
    async fn settle(&self, held: Held, settlement: Settlement) -> Result<()> {
        let Settlement::Retry { after } = settlement else {
            return held.acknowledger.settle(settlement).await;
        };
        let Source::Events { service, events, group: Group::Named(_) } = held.source else { return Ok(()) };
        let to = Address::Event { service, event: events[0].clone() };
        tokio::spawn(async move {
            sleep(after).await;
            held.bus.publish(&to, Arc::clone(&held.envelope)).await
        });
        held.acknowledger.settle(Settlement::Acknowledge).await
    }
}

struct ReleasesLast;

#[async_trait]
impl Fault for ReleasesLast {
    async fn settle(&self, held: Held, settlement: Settlement) -> Result<()> {
        let (Settlement::Release, Source::Commands { service }) = (&settlement, &held.source) else {
            return held.acknowledger.settle(settlement).await;
        };
        let to = Address::Commands { service: service.clone() };
        held.bus.publish(&to, Arc::clone(&held.envelope)).await?;
        held.acknowledger.settle(Settlement::Acknowledge).await
    }
}

struct Copies;

#[async_trait]
impl Fault for Copies {
    async fn settle(&self, held: Held, settlement: Settlement) -> Result<()> {
        if let (Settlement::DeadLetter(_), Source::Commands { service }) = (&settlement, &held.source) {
            held.bus
                .publish(&Address::Commands { service: service.clone() }, Arc::clone(&held.envelope))
                .await?;
        }
        held.acknowledger.settle(settlement).await
    }
}
