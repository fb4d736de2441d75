//! How workers learn that they shall take no more messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Whether the program stops. To ask the token takes a lock, and to wait for it several; workers ask at each message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    token: CancellationToken,
    said: Arc<AtomicBool>,
}

impl Stop {
    /// Stops the program: no worker takes another message from now on.
    pub(crate) fn say(&self) {
        self.said.store(true, Ordering::Release);
        self.token.cancel();
    }

    /// For everybody who does not ask often.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    pub(super) fn is_said(&self) -> bool {
        self.said.load(Ordering::Acquire)
    }

    /// Wakes a worker that waits for messages.
    pub(super) fn wake_up(&self) -> oneshot::Receiver<()> {
        let (mut sender, receiver) = oneshot::channel();
        let stop = self.token.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => drop(sender.send(())),
                () = sender.closed() => {}
            }
        });
        receiver
    }
}
