//! Deletes messages and extends leases of one queue, in batches.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::broker::{LeasedBroker, LeasedQueue};
use super::message::Receipt;
use crate::error::Result;
use crate::transport::BatchLimit;
use crate::transport::kit::{BatchOptions, Batcher, LeaseKeeper, LeaseState};

/// The limit of requests of each kind that are in flight at a time, for one queue.
const IN_FLIGHT: usize = 4;

/// The leased messages of one queue.
pub(super) struct Receipts {
    pub(super) keeper: LeaseKeeper<Receipt>,
    deletes: Batcher<Receipt, LeaseState>,
    extends: Arc<Batcher<(Receipt, Duration), LeaseState>>,
}

impl Receipts {
    pub(super) fn new(broker: &Arc<dyn LeasedBroker>, queue: &Arc<LeasedQueue>) -> Self {
        let limits = broker.limits();
        let messages = limits.capabilities.max_batch.messages;
        let options = BatchOptions::new(BatchLimit { messages, bytes: usize::MAX }, IN_FLIGHT);
        let deletes = {
            let (broker, queue) = (Arc::clone(broker), Arc::clone(queue));
            Batcher::new(options, move |batch: Vec<Receipt>| {
                let (broker, queue) = (Arc::clone(&broker), Arc::clone(&queue));
                async move { broker.delete(&queue, &batch).await }
            })
        };
        let extends = {
            let (broker, queue) = (Arc::clone(broker), Arc::clone(queue));
            // One lease is never in two batches, so its changes arrive in order.
            let options = BatchOptions { one_per_key: true, ..options };
            Arc::new(Batcher::new(options, move |batch: Vec<(Receipt, Duration)>| {
                let (broker, queue) = (Arc::clone(&broker), Arc::clone(&queue));
                async move { broker.extend(&queue, &batch).await }
            }))
        };
        let keeping = Arc::clone(&extends);
        let length = limits.lease;
        let keeper = LeaseKeeper::new(&queue.name, length, limits.capabilities.max_hold, move |receipts| {
            let extending: Vec<_> =
                receipts.into_iter().map(|receipt: Receipt| submit(&keeping, receipt, length)).collect();
            join_all(extending)
        });
        Self { keeper, deletes, extends }
    }

    /// Deletes a message.
    pub(super) async fn delete(&self, receipt: &Receipt) -> Result<LeaseState> {
        self.deletes.submit(receipt.clone(), 0, None).await
    }

    /// Makes a lease end after `after`.
    pub(super) async fn extend(&self, receipt: &Receipt, after: Duration) -> Result<LeaseState> {
        submit(&self.extends, receipt.clone(), after).await
    }

    /// Ends all leases, so that the messages are delivered again.
    pub(super) async fn give_all_back(&self) {
        let receipts = self.keeper.end_all();
        let returning = receipts.iter().map(|receipt| self.extend(receipt, Duration::ZERO));
        for result in join_all(returning).await {
            if let Err(error) = result {
                tracing::debug!(
                    "a message was not given back, and comes again when its lease ends: {error:#}"
                );
            }
        }
    }
}

fn submit(
    extends: &Batcher<(Receipt, Duration), LeaseState>,
    receipt: Receipt,
    after: Duration,
) -> impl Future<Output = Result<LeaseState>> + Send + use<> {
    extends.submit((receipt.clone(), after), 0, Some(receipt))
}
