//! What a driver says that it can do is what it does, and the rest it refuses.

use super::context::{
    Context, Failure, ensure, ensure_eq, ensure_error, message, ordered, publish, shared, unique_name,
};
use crate::envelope::Text;
use crate::error::ErrorKind;
use crate::transport::{Address, Source};

super::promises! {
    capabilities_are_constant:
        "Transport::capabilities: constant for the life of the transport",
    order_is_given_or_refused:
        "Transport::consume: Unsupported for what Capabilities deny",
    an_existing_queue_can_be_used_or_is_refused:
        "Address::Existing: empty for the default exchange, which routes by queue name",
    an_existing_exchange_can_be_used_or_is_refused:
        "Source::Existing: with `bind`, a queue of our own that is bound to an existing exchange",
}

async fn capabilities_are_constant(context: &Context<'_>) -> Result<(), Failure> {
    let capabilities = context.bus.capabilities();
    ensure_eq("what another connection can do", &context.connect().await?.capabilities(), &capabilities)?;
    let (to, _) = context.service().commands();
    publish(&context.bus, &to, [1]).await?;
    ensure_eq("what the driver can do, later", &context.bus.capabilities(), &capabilities)?;
    ensure(!capabilities.name.is_empty(), || "the driver has no name".to_owned())
}

async fn order_is_given_or_refused(context: &Context<'_>) -> Result<(), Failure> {
    let service = context.service();
    for source in [service.commands().1, service.events(&["made"], "mailer")] {
        let consumed = context.bus.consume(&source, ordered(1)).await;
        if context.bus.capabilities().ordered {
            consumed?;
        } else {
            ensure_error("consuming in order", consumed, ErrorKind::Unsupported)?;
        }
    }
    Ok(())
}

fn existing(exchange: &Text, routing_key: &Text) -> Address {
    Address::Existing { exchange: exchange.clone(), routing_key: routing_key.clone() }
}

async fn an_existing_queue_can_be_used_or_is_refused(context: &Context<'_>) -> Result<(), Failure> {
    let (queue, exchange) = (unique_name(), unique_name());
    let to = existing(&Text::default(), &queue);
    let source = Source::Existing { queue: queue.clone(), bind: None };
    context.made(&source);
    if !context.bus.capabilities().existing {
        ensure_error("publishing", context.bus.publish(&to, message(1)).await, ErrorKind::Unsupported)?;
        let consumed = context.bus.consume(&source, shared(1)).await;
        return ensure_error("consuming", consumed, ErrorKind::Unsupported);
    }
    context.harness.create_existing(&queue, &exchange).await?;
    publish(&context.bus, &to, 0..2).await?;
    let mut consumer = context.bus.consume(&source, shared(2)).await?;
    context.take_exactly(&mut consumer, 0..2).await
}

async fn an_existing_exchange_can_be_used_or_is_refused(context: &Context<'_>) -> Result<(), Failure> {
    let (exchange, key) = (unique_name(), Text::from("orders.made"));
    let source = Source::Existing { queue: unique_name(), bind: Some((exchange.clone(), key.clone())) };
    context.made(&source);
    if !context.bus.capabilities().existing {
        let consumed = context.bus.consume(&source, shared(1)).await;
        return ensure_error("consuming", consumed, ErrorKind::Unsupported);
    }
    let other = unique_name();
    context.made(&Source::Existing { queue: other.clone(), bind: None });
    context.harness.create_existing(&other, &exchange).await?;
    let mut consumer = context.bus.consume(&source, shared(2)).await?;
    let other = existing(&exchange, &"orders.lost".into());
    // Whether an exchange that is not ours takes what it cannot route is its owner's affair.
    let _ = context.bus.publish(&other, message(1)).await;
    publish(&context.bus, &existing(&exchange, &key), [2]).await?;
    context.take_exactly(&mut consumer, [2]).await
}
