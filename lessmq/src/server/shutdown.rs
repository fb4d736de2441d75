//! Tells workers to take no more messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Whether the program shuts down. Workers check the flag at each message, because reading the token takes a lock, and
/// waiting for it takes several.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shutdown {
    token: CancellationToken,
    triggered: Arc<AtomicBool>,
}

impl Shutdown {
    /// Starts the shutdown: no worker takes another message from now on.
    pub(crate) fn trigger(&self) {
        self.triggered.store(true, Ordering::Release);
        self.token.cancel();
    }

    /// The token, for code that does not check at each message.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    pub(super) fn is_triggered(&self) -> bool {
        self.triggered.load(Ordering::Acquire)
    }

    /// Wakes a worker that waits for messages.
    pub(super) fn wake_up(&self) -> oneshot::Receiver<()> {
        let (mut sender, receiver) = oneshot::channel();
        let token = self.token.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = token.cancelled() => drop(sender.send(())),
                () = sender.closed() => {}
            }
        });
        receiver
    }
}
