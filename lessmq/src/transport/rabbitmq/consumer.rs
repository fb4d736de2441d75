//! A consumer that is started again on every new connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep, timeout_at};

use super::active_consumer::ActiveConsumer;
use super::deliver::deliver;
use super::failure;
use super::link::Link;
use super::publisher::{TIMEOUT, no_answer_error};
use super::session::Session;
use super::shared::Shared;
use super::source;
use super::unsettled::{Origin, RedeliveryMode, Unsettled};
use crate::envelope::Text;
use crate::error::{ErrorKind, Result};
use crate::transport::kit::{Backoff, Delays};
use crate::transport::{ConsumeOptions, Delivery, Queue, Source};

/// The delays between attempts to start the consumer on a connection that works.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), MAX_DELAY);
const MAX_DELAY: Duration = Duration::from_secs(5);

/// One consumer, over any number of connections.
pub(super) struct RestoredConsumer {
    shared: Arc<Shared>,
    link: Arc<Link>,
    source: Source,
    options: ConsumeOptions,
    active: Option<ActiveConsumer>,
    /// Deliveries that this process delivers again.
    local: mpsc::UnboundedReceiver<Unsettled>,
    local_sender: mpsc::UnboundedSender<Unsettled>,
    /// The prefetch of [`RedeliveryMode::Local`]: limits the messages that are unsettled or wait for a retry.
    permits: Arc<Semaphore>,
    /// The delays before the next attempts to start.
    delays: Delays,
    /// Whether the end of the consumer was logged.
    end_is_logged: bool,
    ended: bool,
}

impl RestoredConsumer {
    /// Starts to consume, and waits up to [`TIMEOUT`] for a broker that is unreachable.
    pub(super) async fn start(shared: Arc<Shared>, source: &Source, options: ConsumeOptions) -> Result<Self> {
        let deadline = Instant::now() + TIMEOUT;
        let link = shared.link_for(source, deadline).await?;
        let (local_sender, local) = mpsc::unbounded_channel();
        let mut consumer = Self {
            shared,
            link,
            source: source.clone(),
            options,
            active: None,
            local,
            local_sender,
            permits: Arc::new(Semaphore::new(options.prefetch.max(1).into())),
            delays: BACKOFF.delays(),
            end_is_logged: false,
            ended: false,
        };
        loop {
            let session = consumer.link.session(deadline).await?;
            let starting = timeout_at(deadline, consumer.start_on(session)).await;
            match starting.unwrap_or_else(|_| Err(no_answer_error())) {
                Ok(active) => break consumer.active = Some(active),
                Err(error) if error.kind() != ErrorKind::Connection || Instant::now() > deadline => {
                    return Err(error);
                }
                Err(_) => sleep(consumer.delays.next_delay()).await,
            }
        }
        Ok(consumer)
    }

    /// The next delivery; `None` after the transport was closed, or after an error.
    pub(super) async fn next(&mut self) -> Option<Result<Delivery>> {
        while !self.ended {
            if self.active.is_none()
                && let Err(error) = self.start_again().await
            {
                self.ended = true;
                return (error.kind() != ErrorKind::Closed).then_some(Err(error));
            }
            let Some(active) = &mut self.active else { continue };
            let (next, permit) = if active.mode() == RedeliveryMode::Local {
                tokio::select! {
                    next = next_with_permit(active, &self.permits) => next,
                    Some(unsettled) = self.local.recv() => return Some(Ok(deliver(unsettled))),
                }
            } else {
                (active.next().await, None)
            };
            match next {
                Some(Ok(delivery)) if active.is_open() => {
                    if let Some(delivery) = active.deliver(delivery, permit) {
                        return Some(Ok(delivery));
                    }
                }
                // The broker delivers the messages of a broken connection again on the next one.
                Some(Ok(_)) => {}
                // The connection or the channel broke, or the queue was deleted.
                Some(Err(error)) => self.end(&failure::reason(&error)),
                None => self.end("the broker cancelled it"),
            }
        }
        None
    }

    /// Drops the active consumer. If the connection broke, the link logs that.
    fn end(&mut self, reason: &str) {
        let Some(ended) = self.active.take() else { return };
        if ended.started_at.elapsed() > MAX_DELAY {
            self.delays.reset();
        }
        if self.link.current().is_some() && !ended.is_closing() {
            self.log_end(reason);
        }
    }

    /// Logs once that there is no active consumer.
    fn log_end(&mut self, reason: &str) {
        if !self.end_is_logged {
            let queue = self.shared.names.source(&self.source);
            tracing::warn!(queue, reason, "a consumer ended; starting it again");
            self.end_is_logged = true;
        }
    }

    async fn start_again(&mut self) -> Result<()> {
        loop {
            // On a working connection, the next consumer may end as soon as the last one.
            if self.link.current().is_some() {
                sleep(self.delays.next_delay()).await;
            }
            let session = self.link.next_session().await?;
            match self.start_on(Arc::clone(&session)).await {
                Ok(active) => break self.active = Some(active),
                Err(error) if error.kind() != ErrorKind::Connection => return Err(error),
                Err(error) if session.is_alive() => self.log_end(&format!("{error:#}")),
                Err(_) => {}
            }
        }
        if std::mem::take(&mut self.end_is_logged) {
            let queue = self.shared.names.source(&self.source);
            tracing::info!(queue, "the consumer is running again");
        }
        Ok(())
    }

    async fn start_on(&self, session: Arc<Session>) -> Result<ActiveConsumer> {
        let names = &self.shared.names;
        let queue = source::prepare(&session, names, &self.source).await?;
        let provider = match &self.source {
            Source::Queue(Queue::Calls { service }) => service.as_str().into(),
            _ => Text::default(),
        };
        let origin = Origin {
            shared: Arc::clone(&self.shared),
            source: self.source.clone(),
            queue,
            dead_letters: names.dead_letters(&self.source),
            mode: source::redelivery_mode(&self.source),
            provider,
        };
        ActiveConsumer::start(session, origin, self.options.prefetch, self.local_sender.clone()).await
    }
}

/// Waits for a permit, and then for the next message.
async fn next_with_permit(
    active: &mut ActiveConsumer,
    permits: &Arc<Semaphore>,
) -> (Option<lapin::Result<lapin::message::Delivery>>, Option<Arc<OwnedSemaphorePermit>>) {
    // The semaphore is never closed.
    let permit = Arc::clone(permits).acquire_owned().await.ok().map(Arc::new);
    (active.next().await, permit)
}
