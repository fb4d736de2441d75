//! What the publisher publishes to.

use super::topology::QueueDeclaration;
use crate::transport::Destination;

/// Where a message is published.
#[derive(Clone, Copy, Debug)]
pub(super) enum PublishTo<'a> {
    Destination(&'a Destination),
    /// A queue of ours, by name.
    Queue(&'a QueueDeclaration),
}

/// [`PublishTo`], for a spawned task.
#[derive(Clone, Debug)]
pub(super) enum OwnedPublishTo {
    Destination(Destination),
    Queue(QueueDeclaration),
}

impl PublishTo<'_> {
    pub(super) fn to_owned(self) -> OwnedPublishTo {
        match self {
            Self::Destination(destination) => OwnedPublishTo::Destination(destination.clone()),
            Self::Queue(queue) => OwnedPublishTo::Queue(queue.clone()),
        }
    }
}

impl OwnedPublishTo {
    pub(super) fn as_ref(&self) -> PublishTo<'_> {
        match self {
            Self::Destination(destination) => PublishTo::Destination(destination),
            Self::Queue(queue) => PublishTo::Queue(queue),
        }
    }
}
