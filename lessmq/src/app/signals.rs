//! The signals that stop a process.

use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::error::{Error, ErrorKind, Result};

/// How soon after the first signal another one counts as the same: GNU `timeout` and some process managers send it to
/// the process and to its group.
const DEBOUNCE: Duration = Duration::from_secs(1);

/// Every SIGTERM and SIGINT from now on.
///
/// # Errors
/// `Config` when the process cannot receive signals.
pub(super) fn signals() -> Result<impl Stream<Item = ()> + Unpin> {
    let failed = |error| Error::new(ErrorKind::Config, "cannot receive signals").with_source(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(stream::poll_fn(move |context| {
        let arrived = terminate.poll_recv(context).is_ready() | interrupt.poll_recv(context).is_ready();
        if arrived { Poll::Ready(Some(())) } else { Poll::Pending }
    }))
}

/// Waits for a signal that does not belong to the first one.
pub(super) async fn second_signal(mut signals: impl Stream<Item = ()> + Unpin) {
    signals.next().await;
    sleep(DEBOUNCE).await;
    while let Some(Some(())) = signals.next().now_or_never() {}
    signals.next().await;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn signals_at_the_same_moment_are_one() {
        let (sender, mut receiver) = unbounded_channel();
        let mut second = Box::pin(second_signal(stream::poll_fn(move |context| receiver.poll_recv(context))));
        sender.send(()).unwrap();
        sender.send(()).unwrap();
        assert!(timeout(DEBOUNCE * 10, &mut second).await.is_err(), "the drain goes on");
        sender.send(()).unwrap();
        second.await;
    }
}
