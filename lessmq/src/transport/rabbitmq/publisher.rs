//! Publishing with confirms.
//!
//! Any number of publishes are in progress at a time, and each waits only for its own confirm. Messages without an
//! answer on a broken connection are sent again on the next one, so a message may arrive twice but is never lost.
//!
//! A message that must reach a queue is published as `mandatory`: the broker then returns an unroutable message before
//! it confirms it. lapin attaches a returned message to the next confirm on the channel, which may be the confirm of
//! another message. So every mandatory target has a separate channel, on which all messages have the same target. The
//! returned message is published again by a separate task, because the publisher that received it may be dropped.
//!
//! Limitation: the sender of the returned message may already have its confirm. Its message is then stored shortly
//! after its publish returned `Ok`. It is lost if this process dies in between, if the queue cannot be declared again
//! (which is logged as an error), or if the other publisher is dropped before it receives the returned message. This
//! can happen only if a queue is deleted during a publish.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lapin::types::ShortString;
use lapin::{BasicProperties, Confirmation};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::external::ExternalTopic;
use super::failure::{connection_error, short};
use super::link::Link;
use super::publish_to::{OwnedPublishTo, PublishTo};
use super::retry_levels::RetryRoute;
use super::session::Session;
use super::target::{PublishTarget, TargetKind};
use super::topology::{self, EVENTS, QueueDeclaration};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::kit::Names;
use crate::transport::kit::single_flight::in_task;
use crate::transport::{Destination, Topic};

/// How long one operation waits for a broker that is unreachable or does not answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
/// The pause before a message is sent again.
pub(super) const RESEND_DELAY: Duration = Duration::from_millis(50);
/// The pause before a deleted queue is declared again: RabbitMQ 3.10 does not notify the consumers of a deleted queue
/// if the next one is declared at once, and they would wait forever.
const DELETION_DELAY: Duration = Duration::from_millis(500);

/// The result of an attempt to publish.
pub(super) enum Attempt {
    Stored,
    /// The message must be sent again.
    Failed(Error),
}

/// Publishes with confirms over one link.
#[derive(Clone)]
pub(super) struct Publisher {
    pub(super) link: Arc<Link>,
    names: Arc<Names>,
    in_progress: TaskTracker,
}

impl Publisher {
    pub(super) fn new(link: Arc<Link>, names: Arc<Names>) -> Self {
        Self { link, names, in_progress: TaskTracker::new() }
    }

    /// Waits until no publish is in progress.
    pub(super) async fn drain(&self) {
        self.in_progress.close();
        self.in_progress.wait().await;
    }

    /// Makes [`drain`](Self::drain) wait for `work`.
    pub(super) fn track<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        self.in_progress.track_future(work)
    }

    /// Makes [`drain`](Self::drain) wait until the token is dropped.
    pub(super) fn start_publish(&self) -> TaskTrackerToken {
        self.in_progress.token()
    }

    /// Publishes, and returns when the broker has stored the message.
    ///
    /// # Errors
    /// `Connection` if the message was not stored within [`TIMEOUT`], `Topology`, `Config`, `Closed`.
    pub(super) async fn publish(
        &self,
        to: PublishTo<'_>,
        properties: impl Fn() -> BasicProperties,
        data: &[u8],
    ) -> Result<()> {
        let _in_progress = self.start_publish();
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let session = self.link.session(deadline).await?;
            let attempt = self.attempt(&session, to, &properties, data);
            let error = match timeout_at(deadline, attempt).await {
                Ok(Ok(Attempt::Stored)) => return Ok(()),
                Ok(Ok(Attempt::Failed(error))) => error,
                Ok(Err(error)) if error.kind() != ErrorKind::Connection => return Err(error),
                Ok(Err(error)) => error,
                Err(_) => return Err(no_answer_error()),
            };
            if Instant::now() + RESEND_DELAY >= deadline {
                return Err(error);
            }
            if session.is_usable() {
                sleep(RESEND_DELAY).await;
            }
        }
    }

    async fn attempt(
        &self,
        session: &Arc<Session>,
        to: PublishTo<'_>,
        properties: &impl Fn() -> BasicProperties,
        data: &[u8],
    ) -> Result<Attempt> {
        let target = self.target(session, to).await?;
        let answer = target.channel.publish(target.publication(properties(), data)).await;
        self.finish(session, to, &target, answer).await
    }

    /// Converts the broker's answer to the result of an attempt, and publishes a returned message again.
    pub(super) async fn finish(
        &self,
        session: &Arc<Session>,
        to: PublishTo<'_>,
        target: &PublishTarget,
        answer: lapin::Result<Confirmation>,
    ) -> Result<Attempt> {
        let returned = match answer {
            Ok(Confirmation::Ack(None)) => return Ok(Attempt::Stored),
            Ok(Confirmation::Ack(Some(returned))) => returned,
            Ok(_) => return Ok(Attempt::Failed(target.rejected_error())),
            Err(error) => {
                to.forget(session);
                let context = "the connection broke before the broker confirmed a message";
                return Ok(Attempt::Failed(connection_error(context, error)));
            }
        };
        if target.kind != TargetKind::Own {
            return Err(target.unroutable_error());
        }
        to.forget(session);
        tracing::warn!(
            queue = target.queue(),
            "a message was returned because its queue was deleted; declaring the queue again"
        );
        let publishing = self.clone().publish_returned(to.to_owned(), returned.delivery);
        match tokio::spawn(self.track(publishing)).await {
            Ok(stored) => stored.map(|()| Attempt::Stored),
            Err(_) => Err(target.unroutable_error()),
        }
    }

    /// Declares a deleted queue again, and publishes a message that was returned because of it.
    fn publish_returned(
        self,
        to: OwnedPublishTo,
        returned: lapin::message::Delivery,
    ) -> BoxFuture<'static, Result<()>> {
        async move {
            sleep(DELETION_DELAY).await;
            let properties = || returned.properties.clone();
            let stored = self.publish(to.as_ref(), properties, &returned.data).await;
            if let Err(error) = &stored {
                let id = returned.properties.message_id().as_ref().map(ToString::to_string);
                let error = format!("{error:#}");
                tracing::error!(
                    id,
                    error,
                    "a message was returned from a deleted queue and could not be stored"
                );
            }
            stored
        }
        .boxed()
    }

    /// The cached target of the session, or a new one.
    pub(super) async fn target(
        &self,
        session: &Arc<Session>,
        to: PublishTo<'_>,
    ) -> Result<Arc<PublishTarget>> {
        if let Some(target) = to.target(session) {
            return Ok(target);
        }
        // One publisher prepares it, the others wait.
        let preparing = session.preparing.insert(to.name(), Arc::default(), |_| true).lock_owned().await;
        if let Some(target) = to.target(session) {
            return Ok(target);
        }
        let (publisher, session, to) = (self.clone(), Arc::clone(session), to.to_owned());
        in_task(async move {
            let _preparing = preparing;
            let target = publisher.prepare(&session, to.as_ref()).await?;
            Ok(to.as_ref().remember(&session, target))
        })
        .await
    }

    /// Declares the target, or checks an external one, and opens a channel.
    async fn prepare(&self, session: &Arc<Session>, to: PublishTo<'_>) -> Result<PublishTarget> {
        let (kind, exchange, routing_key) = match to {
            PublishTo::Queue(queue) => {
                queue.declare(session, &self.names).await?;
                (TargetKind::Own, ShortString::default(), short("queue", &queue.name)?)
            }
            PublishTo::Retry(RetryRoute { level, return_to, .. }) => {
                topology::declare_retry(session, &self.names, level).await?;
                (TargetKind::Own, short("exchange", &level.name)?, short("queue", return_to)?)
            }
            PublishTo::Destination(Destination::Queue(queue)) => {
                let ours = QueueDeclaration::of_queue(&self.names, queue);
                let name = short("queue", &self.names.queue(queue))?;
                if let Some(ours) = &ours {
                    ours.declare(session, &self.names).await?;
                }
                let kind = if ours.is_some() { TargetKind::Own } else { TargetKind::External };
                (kind, ShortString::default(), name)
            }
            PublishTo::Destination(Destination::Topic(Topic::External { name })) => {
                let ExternalTopic { exchange, routing_key } = ExternalTopic::parse(name)?;
                topology::require_exchange(session, &exchange).await?;
                (TargetKind::External, exchange, routing_key)
            }
            PublishTo::Destination(Destination::Topic(event)) => {
                let exchange = self.names.namespaced(EVENTS);
                topology::declare_events(session, &exchange).await?;
                (TargetKind::Event, exchange.into(), short("routing key", &event.to_string())?)
            }
        };
        let channel = match kind {
            TargetKind::Event => session.shared_channel().await?,
            TargetKind::Own | TargetKind::External => Arc::new(session.confirm_channel().await?),
        };
        Ok(PublishTarget { exchange, routing_key, kind, channel })
    }
}

pub(super) fn no_answer_error() -> Error {
    let context = format!("the broker did not answer within {} s", TIMEOUT.as_secs());
    Error::new(ErrorKind::Connection, context).with_hint(
        "it may be low on memory or disk, or a queue may have no leader: see its log; the message may be stored",
    )
}
