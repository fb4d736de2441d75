//! Settling deliveries.

use std::time::Duration;

use tokio::time::sleep;

use super::unsettled::{RedeliveryMode, Unsettled};
use crate::error::Result;
use crate::transport::{Acknowledger, SettleFuture, Settlement};

/// How long a message that could not be settled is kept here before it is given back.
const SETTLE_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Settles a delivery once. Dropped before that, it gives the delivery back, unless it is a call.
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
        // If this future is dropped, `self` still has the message and gives it back.
        let Some(unsettled) = &self.0 else { return Ok(()) };
        unsettled.check_channel()?;
        if let Err(error) = unsettled.store(&settlement).await {
            if let Some(unsettled) = self.0.take() {
                give_back_later(unsettled);
            }
            return Err(error);
        }
        let Some(unsettled) = self.0.take() else { return Ok(()) };
        match settlement {
            Settlement::Release if !unsettled.origin.mode.republishes() => unsettled.give_back(),
            _ => unsettled.acknowledge(),
        }
    }
}

/// Gives back a message that could not be settled, after a delay: the broker delivers it at once, and the same
/// settlement fails again until someone fixes the cause.
fn give_back_later(unsettled: Unsettled) {
    tokio::spawn(async move {
        sleep(SETTLE_RETRY_DELAY).await;
        // Dropping it gives it back, unless it is a call.
        drop(Settler::new(unsettled));
    });
}

impl Drop for Settler {
    fn drop(&mut self) {
        let Some(unsettled) = self.0.take() else { return };
        // On an error, the connection is lost and the broker takes the message back. It marks a call as redelivered.
        let _ = match unsettled.origin.mode {
            RedeliveryMode::Once => unsettled.acknowledge(),
            _ => unsettled.give_back(),
        };
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
