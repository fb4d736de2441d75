//! Settling deliveries.

use std::time::Duration;

use tokio::time::sleep;

use super::unsettled::Unsettled;
use crate::error::Result;
use crate::transport::{Acknowledger, SettleFuture, Settlement};

/// The delay before a message that could not be settled goes back to its queue.
const SETTLE_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Settles a delivery once. If it is dropped before that, the message goes back to its queue, unless it is a call.
pub(super) struct Settler(Option<Unsettled>);

impl Settler {
    pub(super) fn new(unsettled: Unsettled) -> Self {
        Self(Some(unsettled))
    }

    fn acknowledge(&mut self) -> Result<()> {
        let Some(unsettled) = &self.0 else { return Ok(()) };
        unsettled.check_channel()?;
        self.0.take().map_or(Ok(()), Unsettled::acknowledge)
    }

    async fn store_and_settle(mut self, settlement: Settlement) -> Result<()> {
        // If this future is dropped, `self` still has the message and requeues it.
        let Some(unsettled) = &self.0 else { return Ok(()) };
        unsettled.check_channel()?;
        if let Err(error) = unsettled.store(&settlement).await {
            if let Some(unsettled) = self.0.take() {
                requeue_later(unsettled);
            }
            return Err(error);
        }
        let Some(unsettled) = self.0.take() else { return Ok(()) };
        match settlement {
            Settlement::Release if !unsettled.origin.mode.republishes() => unsettled.requeue(),
            _ => unsettled.acknowledge(),
        }
    }
}

/// Requeues a message that could not be settled, after a delay: the broker delivers it again at once, and the same
/// settlement may fail again.
fn requeue_later(unsettled: Unsettled) {
    tokio::spawn(async move {
        sleep(SETTLE_RETRY_DELAY).await;
        // Dropping the settler requeues the message, unless it is a call.
        drop(Settler::new(unsettled));
    });
}

impl Drop for Settler {
    fn drop(&mut self) {
        let Some(unsettled) = self.0.take() else { return };
        // An error means that the connection is lost. The broker then requeues the message, and marks a call as
        // redelivered.
        let _ = if unsettled.is_handled_once() { unsettled.acknowledge() } else { unsettled.requeue() };
    }
}

impl Acknowledger for Settler {
    fn settle(mut self: Box<Self>, settlement: Settlement) -> SettleFuture {
        match settlement {
            Settlement::Acknowledge => SettleFuture::done(self.acknowledge()),
            other => SettleFuture::until(async move { self.store_and_settle(other).await }),
        }
    }
}
