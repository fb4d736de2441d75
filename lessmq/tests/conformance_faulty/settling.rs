//! Defects of settling.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use lessmq::Result;
use lessmq::transport::memory::Memory;
use lessmq::transport::{ConsumeOptions, Consumer, Delivery, Group, Outgoing, Settlement, Source, Transport};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::driver::{Fault, Unsettled, deliveries};
use crate::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    let unsettled = &["an_unsettled_message_is_delivered_again"];
    let mut rows = vec![
        row(
            "loses acknowledgements",
            settling(|_, s| Some(if s == Settlement::Acknowledge { Settlement::Release } else { s })),
            &["an_acknowledged_message_is_forgotten"],
        ),
        row(
            "acknowledges a delivery that is dropped unsettled",
            Dropping(|unsettled| unsettled.spawn_settle(Settlement::Acknowledge)),
            unsettled,
        ),
        row(
            "does not count a delivery that is dropped unsettled",
            Dropping(|unsettled| unsettled.spawn_settle(Settlement::Release)),
            unsettled,
        ),
        row(
            "delivers a dropped call again",
            Dropping(|unsettled| {
                if unsettled.is_call {
                    unsettled.spawn_settle(Settlement::Release);
                }
            }),
            &["an_unsettled_call_is_not_delivered_again"],
        ),
        row(
            "waits for settlements before the next delivery",
            WaitsForSettlements::default(),
            &["a_slow_settlement_does_not_hold_up_the_next_delivery"],
        ),
    ];
    rows.extend(retries());
    rows
}

fn retries() -> Vec<Row> {
    vec![
        row(
            "loses a message that is to be retried",
            settling(|_, s| Some(if is_retry(&s) { Settlement::Acknowledge } else { s })),
            &["a_retried_message_is_delivered_again"],
        ),
        row(
            "ignores the delay of a retry",
            settling(|_, s| Some(if is_retry(&s) { NOW } else { s })),
            &[
                "a_retried_message_is_not_delivered_before_its_delay",
                "a_message_is_not_retried_in_a_hot_loop",
            ],
        ),
        row(
            "does not count attempts",
            Delivering(|delivery| delivery.attempt = 1),
            &["a_retried_message_counts_its_attempts", "an_unsettled_message_is_delivered_again"],
        ),
        row(
            "drops extensions when it retries",
            Delivering(drop_extensions_of_later_attempts),
            &["a_retried_message_is_unchanged"],
        ),
        row("blocks its source during a retry", Blocks, &["a_retry_does_not_hold_up_other_messages"]),
        row(
            "publishes an event again to retry it",
            PublishesAgain,
            &["a_retried_event_returns_only_to_its_group"],
        ),
    ]
}

pub(crate) const NOW: Settlement = Settlement::Retry { after: Duration::ZERO };

fn is_retry(settlement: &Settlement) -> bool {
    matches!(settlement, Settlement::Retry { .. })
}

fn drop_extensions_of_later_attempts(delivery: &mut Delivery) {
    if delivery.attempt > 1 {
        Arc::make_mut(&mut delivery.envelope).extensions.clear();
    }
}

/// Settles in another way than it should. `None` means not at all.
pub(crate) struct Settling(fn(&Source, Settlement) -> Option<Settlement>);

pub(crate) fn settling(change: fn(&Source, Settlement) -> Option<Settlement>) -> Settling {
    Settling(change)
}

#[async_trait]
impl Fault for Settling {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        match (self.0)(&unsettled.source, settlement) {
            Some(settlement) => unsettled.acknowledger.settle(settlement).await,
            None => Ok(()),
        }
    }
}

/// Does something with deliveries that are dropped unsettled.
struct Dropping(fn(Unsettled));

impl Fault for Dropping {
    fn drop_unsettled(&self, unsettled: Unsettled) {
        (self.0)(unsettled);
    }
}

/// Changes what is delivered.
pub(crate) struct Delivering(pub(crate) fn(&mut Delivery));

impl Fault for Delivering {
    fn alter_delivery(&self, mut delivery: Delivery) -> Delivery {
        (self.0)(&mut delivery);
        delivery
    }
}

/// Settles slowly, which is no defect.
struct SettlesSlowly;

#[async_trait]
impl Fault for SettlesSlowly {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        sleep(Duration::from_secs(1)).await;
        unsettled.acknowledger.settle(settlement).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_settles_slowly_passes() {
    let case = crate::case("a_slow_settlement_does_not_hold_up_the_next_delivery");
    case.run(&crate::FaultyHarness::new(Arc::new(SettlesSlowly))).await.assert_passed();
}

/// Counts the settlements in progress.
struct WaitsForSettlements(watch::Sender<usize>);

impl Default for WaitsForSettlements {
    fn default() -> Self {
        Self(watch::channel(0).0)
    }
}

#[async_trait]
impl Fault for WaitsForSettlements {
    async fn consume(&self, bus: &Memory, source: &Source, options: ConsumeOptions) -> Result<Consumer> {
        let settling = self.0.subscribe();
        Ok(Consumer::new(deliveries(bus.consume(source, options).await?).then(move |delivery| {
            let mut settling = settling.clone();
            async move {
                let _ = settling.wait_for(|count| *count == 0).await;
                delivery
            }
        })))
    }

    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        self.0.send_modify(|count| *count += 1);
        let settled = SettlesSlowly.settle(unsettled, settlement).await;
        self.0.send_modify(|count| *count -= 1);
        settled
    }
}

struct Blocks;

#[async_trait]
impl Fault for Blocks {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        let Settlement::Retry { after } = settlement else {
            return unsettled.acknowledger.settle(settlement).await;
        };
        tokio::spawn(async move {
            sleep(after).await;
            unsettled.acknowledger.settle(NOW).await
        });
        Ok(())
    }
}

struct PublishesAgain;

#[async_trait]
impl Fault for PublishesAgain {
    async fn settle(&self, unsettled: Unsettled, settlement: Settlement) -> Result<()> {
        let Settlement::Retry { after } = settlement else {
            return unsettled.acknowledger.settle(settlement).await;
        };
        let Source::Subscription(subscription) = &unsettled.source else { return Ok(()) };
        let Group::Named(_) = subscription.group else { return Ok(()) };
        let again = Outgoing::new(subscription.topics[0].clone(), unsettled.envelope.clone());
        let bus = unsettled.bus.clone();
        tokio::spawn(async move {
            sleep(after).await;
            bus.publish_one(again).await
        });
        unsettled.acknowledger.settle(Settlement::Acknowledge).await
    }
}
