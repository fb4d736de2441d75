//! Stores a delivered message in another queue, if its settlement requires that, before it is acknowledged.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lapin::BasicProperties;
use lapin::types::ShortString;
use tokio::time::sleep;

use super::channel::Publication;
use super::decode;
use super::publish_to::PublishTo;
use super::republish::Republished;
use super::retry_levels::RetryRoute;
use super::topology::{QueueDeclaration, QueueKind};
use super::unsettled::{Holder, Origin, RedeliveryMode, Unsettled};
use crate::error::Result;
use crate::transport::{DeadLetter, Destination, Queue, Settlement, Source};

impl Unsettled {
    /// Stores the message in another queue, if the settlement requires that.
    pub(super) async fn store(&self, settlement: &Settlement) -> Result<()> {
        match settlement {
            Settlement::Retry { after } => self.store_for_retry(*after).await,
            Settlement::DeadLetter(letter) => self.store_dead_letter(letter).await,
            Settlement::Release if self.origin.mode == RedeliveryMode::Once => self.call_again().await,
            Settlement::Release if self.origin.mode == RedeliveryMode::Republish => {
                self.publish_again().await
            }
            Settlement::Redrive => self.redrive().await,
            Settlement::Release | Settlement::Acknowledge => Ok(()),
        }
    }

    async fn store_for_retry(&self, after: Duration) -> Result<()> {
        if self.origin.mode == RedeliveryMode::Local {
            self.retry_locally(after);
            return Ok(());
        }
        let Origin { shared, source, queue, .. } = &*self.origin;
        let route = RetryRoute::new(&shared.names, source, queue, after);
        self.publish_to(PublishTo::Retry(&route), || self.republished().into_retry(self.attempt + 1)).await
    }

    fn retry_locally(&self, after: Duration) {
        let local = match &self.holder {
            Holder::Broker { channel, .. } => channel.local.clone(),
            Holder::Process(local) => local.clone(),
        };
        let again = Self {
            origin: Arc::clone(&self.origin),
            holder: Holder::Process(local.clone()),
            properties: self.properties.clone(),
            data: self.data.clone(),
            attempt: self.attempt + 1,
            received_at: self.received_at,
            permit: self.permit.clone(),
            given_id: self.given_id.clone(),
        };
        tokio::spawn(async move {
            sleep(after).await;
            let _ = local.send(again);
        });
    }

    async fn store_dead_letter(&self, letter: &DeadLetter) -> Result<()> {
        let queue = QueueDeclaration { name: self.origin.dead_letters.clone(), kind: QueueKind::Dead };
        self.publish_to(PublishTo::Queue(&queue), || {
            self.republished().into_dead_letter(letter, &self.origin.queue)
        })
        .await
    }

    /// Puts a dead letter at the end of the queue that it came from, as a new message.
    async fn redrive(&self) -> Result<()> {
        let target = self.origin.source.redrive_target()?;
        let external = match target {
            Source::Queue(queue @ Queue::External { .. }) => Some(Destination::from(queue.clone())),
            _ => None,
        };
        let ours = QueueDeclaration {
            name: self.origin.shared.names.source(target),
            kind: QueueKind::Work { dead: self.origin.dead_letters.clone(), ordered: target.is_ordered() },
        };
        let to = external.as_ref().map_or(PublishTo::Queue(&ours), PublishTo::Destination);
        self.publish_to(to, || self.republished().into_redriven()).await
    }

    /// Puts the message at the end of its queue, unchanged.
    pub(super) async fn publish_again(&self) -> Result<()> {
        let queue = QueueDeclaration { name: self.origin.queue.clone(), kind: self.origin.republish_kind() };
        self.publish_to(PublishTo::Queue(&queue), || self.republished().into_retry(self.attempt)).await
    }

    /// Sends a call again, with its remaining time. A call without remaining time is dropped.
    ///
    /// It is sent before the first one is acknowledged. If the connection breaks in between, the broker has both, and
    /// marks the first one as redelivered.
    pub(super) async fn call_again(&self) -> Result<()> {
        let Some(expiration) = self.time_left() else { return Ok(()) };
        let link = &self.origin.shared.link;
        let session = link.current().ok_or_else(|| link.unreachable_error())?;
        let channel = session.unconfirmed_channel().await?;
        let publication = Publication {
            exchange: ShortString::default(),
            routing_key: self.origin.queue.as_str().into(),
            mandatory: false,
            properties: self.republished().into_call(expiration),
            data: &self.data,
        };
        channel.publish_written(publication).await
    }

    /// The remaining time of the call in milliseconds: `Some(None)` without a limit, `None` if it has expired. The time
    /// in the queue is subtracted if the broker reports when it stored the message.
    fn time_left(&self) -> Option<Option<u32>> {
        let expiration =
            self.properties.expiration().as_ref().and_then(|text| text.as_str().parse::<u32>().ok());
        let Some(expiration) = expiration else { return Some(None) };
        let published_at = decode::published_at(&self.properties);
        let on_the_way = published_at.and_then(|at| SystemTime::now().duration_since(at).ok());
        let passed = on_the_way.unwrap_or_default().max(self.received_at.elapsed()).as_millis();
        let left = u128::from(expiration).checked_sub(passed)?;
        u32::try_from(left).ok().filter(|left| *left > 0).map(Some)
    }

    fn republished(&self) -> Republished {
        Republished::new(&self.properties).with_id(self.given_id.as_ref())
    }

    async fn publish_to(&self, to: PublishTo<'_>, properties: impl Fn() -> BasicProperties) -> Result<()> {
        self.origin.shared.publisher.publish(to, properties, &self.data).await
    }
}
