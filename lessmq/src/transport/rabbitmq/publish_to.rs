//! The destinations of the publisher.

use std::sync::Arc;

use super::retry_levels::RetryRoute;
use super::session::Session;
use super::target::PublishTarget;
use super::topology::QueueDeclaration;
use crate::transport::Destination;

/// The destination of a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum PublishTo<'a> {
    Destination(&'a Destination),
    /// A queue of this driver, by name.
    Queue(&'a QueueDeclaration),
    /// A queue of ours, after a delay.
    Retry(&'a RetryRoute),
}

/// An owned [`PublishTo`], for a spawned task.
#[derive(Clone, Debug)]
pub(super) enum OwnedPublishTo {
    Destination(Destination),
    Queue(QueueDeclaration),
    Retry(RetryRoute),
}

impl PublishTo<'_> {
    /// The name of the destination or the queue.
    pub(super) fn name(self) -> String {
        match self {
            Self::Destination(destination) => destination.to_string(),
            Self::Queue(queue) => queue.name.clone(),
            Self::Retry(route) => route.name.clone(),
        }
    }

    /// The cached target of the session, if it is usable.
    pub(super) fn target(self, session: &Session) -> Option<Arc<PublishTarget>> {
        let known = match self {
            Self::Destination(destination) => session.destinations.get(destination),
            Self::Queue(queue) => session.queues.get(&queue.name),
            Self::Retry(route) => session.queues.get(&route.name),
        };
        known.filter(|target| target.channel.is_open())
    }

    /// Adds the target to the cache of the session.
    pub(super) fn remember(self, session: &Session, target: PublishTarget) -> Arc<PublishTarget> {
        let target = Arc::new(target);
        let usable = |known: &PublishTarget| known.channel.is_open();
        match self {
            Self::Destination(destination) => {
                session.destinations.insert(destination.clone(), target, usable)
            }
            Self::Queue(queue) => session.queues.insert(queue.name.clone(), target, usable),
            Self::Retry(route) => session.queues.insert(route.name.clone(), target, usable),
        }
    }

    /// Removes the target from the cache of the session.
    pub(super) fn forget(self, session: &Session) {
        match self {
            Self::Destination(destination) => session.destinations.remove(destination),
            Self::Queue(queue) => session.queues.remove(&queue.name),
            Self::Retry(route) => session.queues.remove(&route.name),
        }
    }

    pub(super) fn to_owned(self) -> OwnedPublishTo {
        match self {
            Self::Destination(destination) => OwnedPublishTo::Destination(destination.clone()),
            Self::Queue(queue) => OwnedPublishTo::Queue(queue.clone()),
            Self::Retry(route) => OwnedPublishTo::Retry(route.clone()),
        }
    }
}

impl OwnedPublishTo {
    pub(super) fn as_ref(&self) -> PublishTo<'_> {
        match self {
            Self::Destination(destination) => PublishTo::Destination(destination),
            Self::Queue(queue) => PublishTo::Queue(queue),
            Self::Retry(route) => PublishTo::Retry(route),
        }
    }
}
