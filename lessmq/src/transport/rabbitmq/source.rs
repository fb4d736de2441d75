//! The queue that a source is consumed from.

use super::external::ExternalTopic;
use super::failure::{missing_queue_error, short};
use super::session::{Session, new_id};
use super::topology::{self, EVENTS, QueueDeclaration, QueueKind};
use super::unsettled::RedeliveryMode;
use crate::error::Result;
use crate::transport::kit::Names;
use crate::transport::{Group, Queue, Source, Subscription, Topic};

/// How messages of `source` go back to their queue.
pub(super) fn redelivery_mode(source: &Source) -> RedeliveryMode {
    match source {
        Source::Subscription(Subscription { group: Group::Broadcast, .. }) => RedeliveryMode::Local,
        Source::Queue(Queue::Calls { .. }) => RedeliveryMode::Once,
        Source::Queue(Queue::External { .. }) | Source::DeadLetters(_) => RedeliveryMode::Requeue,
        ordered if ordered.is_ordered() => RedeliveryMode::InOrder,
        Source::Queue(Queue::Commands { .. }) | Source::Subscription(_) => RedeliveryMode::Republish,
    }
}

/// Declares the queue and its bindings, or checks that an external queue exists. Returns the name of the queue.
pub(super) async fn prepare(session: &Session, names: &Names, source: &Source) -> Result<String> {
    let name = names.source(source);
    let dead_letters = QueueDeclaration { name: names.dead_letters(source), kind: QueueKind::Dead };
    match source {
        Source::Queue(queue) => match QueueDeclaration::of_queue(names, queue) {
            Some(ours) => ours.declare(session, names).await?,
            None => {
                topology::count_messages(session, &name).await?.ok_or_else(|| missing_queue_error(&name))?;
                // Declared now, so that an error appears at the start and not with the first message.
                dead_letters.declare(session, names).await?;
            }
        },
        Source::DeadLetters(_) => dead_letters.declare(session, names).await?,
        Source::Subscription(subscription) => return subscribe(session, names, source, subscription).await,
    }
    Ok(name)
}

/// Declares the queue of a subscription, and binds it to its topics.
async fn subscribe(
    session: &Session,
    names: &Names,
    source: &Source,
    subscription: &Subscription,
) -> Result<String> {
    let mut bindings = Vec::with_capacity(subscription.topics.len());
    for topic in &subscription.topics {
        let (exchange, routing_key) = match topic {
            Topic::Event { .. } => {
                (names.namespaced(EVENTS).into(), short("routing key", &topic.to_string())?)
            }
            Topic::External { name } => {
                let ExternalTopic { exchange, routing_key } = ExternalTopic::parse(name)?;
                topology::require_exchange(session, &exchange).await?;
                (exchange, routing_key)
            }
        };
        bindings.push((exchange, routing_key));
    }
    if subscription.topics.iter().any(|topic| matches!(topic, Topic::Event { .. })) {
        topology::declare_events(session, &names.namespaced(EVENTS)).await?;
    }
    let queue = match &subscription.group {
        Group::Named(_) => {
            let (dead, ordered) = (names.dead_letters(source), subscription.ordered);
            QueueDeclaration { name: names.source(source), kind: QueueKind::Work { dead, ordered } }
        }
        Group::Broadcast => {
            QueueDeclaration { name: names.broadcast(subscription, &new_id()), kind: QueueKind::Broadcast }
        }
    };
    queue.declare(session, names).await?;
    for (exchange, routing_key) in bindings {
        topology::bind(session, &queue.name, &exchange, routing_key).await?;
    }
    Ok(queue.name)
}
