//! The token that says whose turn it is to consume commands in order.
//!
//! A queue keeps the order of its consumers where it is declared so (`x-single-active-consumer`), and commands are
//! stored before anybody knows that they will be consumed in order. So it is another queue that is declared so: it
//! hands its one message, the token, to one consumer, and to the next when the channel of that one closes. On the same
//! channel the commands are consumed, so that the broker has them back by the time the token moves on.

use std::future::pending;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use lapin::Channel;
use lapin::options::BasicNackOptions;
use tokio::time::{Instant, sleep_until};

use super::failure::broken;
use crate::error::{Error, ErrorKind, Result};

/// How long a token is out: less than the broker's `consumer_timeout`, which closes the channel.
const TOKEN_RENEWAL: Duration = Duration::from_secs(10 * 60);

/// The consumer of a token.
pub(super) struct Turn {
    consumer: lapin::Consumer,
    /// The delivery tag of the token, and when to give it back to get it again.
    token: Option<(u64, Instant)>,
}

impl Turn {
    pub(super) fn new(consumer: lapin::Consumer) -> Self {
        Self { consumer, token: None }
    }

    pub(super) fn into_consumer(self) -> lapin::Consumer {
        self.consumer
    }

    /// Waits for the token.
    pub(super) async fn take(&mut self) -> Result<()> {
        let gone = || Error::new(ErrorKind::Connection, "the broker cancelled the consumer of its token");
        let token = self.consumer.next().await.ok_or_else(gone)?;
        let token = token.map_err(|error| broken("the token did not come", error))?;
        self.token = Some((token.delivery_tag, Instant::now() + TOKEN_RENEWAL));
        Ok(())
    }

    /// Keeps the token until it is lost. Given back, it comes again to the same consumer, for as long as that is there.
    pub(super) async fn keep(&mut self, channel: &Channel) {
        loop {
            let held = self.token;
            let renewal = async {
                match held {
                    Some((token, until)) => sleep_until(until).map(|()| token).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                taken = self.take() => if taken.is_err() { return },
                token = renewal => {
                    self.token = None;
                    let options = BasicNackOptions { requeue: true, multiple: false };
                    // It is queued for the socket at once; a channel that is closed ends the consumer.
                    let _ = channel.basic_nack(token, options).now_or_never();
                }
            }
        }
    }
}
