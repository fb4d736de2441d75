//! Names as long as names can be.

use std::time::Duration;

use super::super::check::Check;
use super::super::context::Context;
use super::super::message::{give_up, prefetch, publish};
use super::super::provider::{call, serve};
use crate::name::{MethodName, Name};
use crate::transport::{Queue, Settlement, Source};

/// A name of `length` characters that ends with `last`.
fn long_name(length: usize, last: char) -> String {
    let mut name = "n".repeat(length - 1);
    name.push(last);
    name
}

/// A queue works: a message is retried, given up, and consumed as a dead letter.
async fn check_commands(context: &Context<'_>, to: &Queue, source: &Source) -> Check {
    let mut consumer = context.bus.consume(source, prefetch(1)).await?;
    publish(&context.bus, to, [1]).await?;
    let after = Duration::from_millis(1);
    context.next(&mut consumer).await?.settle(Settlement::Retry { after }).await?;
    context.next(&mut consumer).await?.settle(give_up()).await?;
    context.expect_exactly(&mut context.dead_letters(source).await?, [1]).await
}

pub(crate) async fn names_of_the_greatest_length_work(context: &Context<'_>) -> Check {
    let service = context.service();
    let (to, source) = service.commands();
    check_commands(context, &to, &source).await?;
    if context.bus.capabilities().ordering {
        let (to, source) = service.ordered_commands();
        check_commands(context, &to, &source).await?;
    }
    let (to, source) = service.calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    tokio::try_join!(serve(context, &mut provider, 1), call(context, context.bus.as_ref(), &to, 1))?;
    let (event, group) = (long_name(MethodName::MAX_LENGTH, 'a'), long_name(Name::MAX_LENGTH, 'a'));
    let source = service.subscription(&[&event], &group);
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &service.event(&event), [1]).await?;
    context.expect_exactly(&mut consumer, [1]).await
}

pub(crate) async fn long_names_that_differ_at_their_end_are_different(context: &Context<'_>) -> Check {
    let (one, other) = context.services_of_similar_names();
    let ((to, source), (to_other, other_source)) = (one.commands(), other.commands());
    let mut consumer = context.bus.consume(&source, prefetch(10)).await?;
    let mut others = context.bus.consume(&other_source, prefetch(10)).await?;
    publish(&context.bus, &to, [1]).await?;
    publish(&context.bus, &to_other, [2]).await?;
    context.expect_exactly(&mut consumer, [1]).await?;
    context.expect_exactly(&mut others, [2]).await?;

    let name = |last| long_name(MethodName::MAX_LENGTH, last);
    let group = |last| long_name(Name::MAX_LENGTH, last);
    let mut consumers = Vec::new();
    for last in ['a', 'b'] {
        let source = one.subscription(&[&name('a')], &group(last));
        consumers.push(context.bus.consume(&source, prefetch(10)).await?);
    }
    publish(&context.bus, &one.event(&name('b')), [3]).await?;
    publish(&context.bus, &other.event(&name('a')), [4]).await?;
    publish(&context.bus, &one.event(&name('a')), [5]).await?;
    for consumer in &mut consumers {
        context.expect_exactly(consumer, [5]).await?;
    }
    Ok(())
}
