//! Resources: a failed operation releases its resources.
//!
//! Each case repeats an operation that fails many times. After that, everything must still work, and no more tasks
//! and resources of the harness may be in use than after the first few times.

use std::future::Future;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::try_join_all;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::super::check::{Check, Failure, ensure, ensure_error, fail};
use super::super::context::Context;
use super::super::harness::Resource;
use super::super::message::{message, message_of_length, outgoing, prefetch, publish};
use super::super::provider::{call, responder, serve};
use super::super::service::{Service, unique_name};
use crate::envelope::Frame;
use crate::error::ErrorKind;
use crate::name::ExternalName;
use crate::transport::{Outgoing, Queue, Settlement};

/// How many operations come before the first count. A driver opens some connections and channels only once.
const WARM_UP: u32 = 3;
/// How many calls are in progress at the same time.
const CONCURRENT: u32 = 100;
/// Operations that open a connection or a consumer are repeated less often, by this factor.
const EXPENSIVE: u32 = 10;
/// How often the resources are counted while they are released.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Repeats `operation`, and checks that it leaves nothing behind.
async fn repeat<F>(context: &Context<'_>, times: u32, operation: impl Fn() -> F) -> Check
where
    F: Future<Output = Check>,
{
    let service = context.service();
    for _ in 0..WARM_UP {
        operation().await?;
    }
    check_that_everything_works(context, &service).await?;
    let before = resources(context).await;
    for _ in 0..times {
        operation().await?;
    }
    check_that_everything_works(context, &service).await?;
    wait_until_given_back(context, &before).await
}

async fn check_that_everything_works(context: &Context<'_>, service: &Service) -> Check {
    let ((commands, source), (calls, provided)) = (service.commands(), service.calls());
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    publish(&context.bus, &commands, [1]).await?;
    context.acknowledge_next(&mut consumer).await?;
    let mut provider = context.bus.consume(&provided, prefetch(1)).await?;
    tokio::try_join!(serve(context, &mut provider, 1), call(context, context.bus.as_ref(), &calls, 1))?;
    Ok(())
}

async fn resources(context: &Context<'_>) -> Vec<Resource> {
    let mut resources = context.harness.resources(context.bus.as_ref()).await;
    resources.push(Resource { name: "tasks", count: Handle::current().metrics().num_alive_tasks() });
    resources
}

async fn wait_until_given_back(context: &Context<'_>, before: &[Resource]) -> Check {
    let until = context.deadline();
    loop {
        let after = resources(context).await;
        let in_use = |resource: &Resource| after.iter().find(|other| other.name == resource.name);
        let leaked = before.iter().find(|before| in_use(before).is_some_and(|now| now.count > before.count));
        let Some(leaked) = leaked else { return Ok(()) };
        if Instant::now() >= until {
            return fail(format!(
                "not all {} were released: {before:?} before, {after:?} after",
                leaked.name
            ));
        }
        sleep(POLL_INTERVAL).await;
    }
}

fn missing_queue() -> Check<Queue> {
    Ok(Queue::External { name: ExternalName::parse("queue", unique_name().as_str())? })
}

pub(crate) async fn calls_to_a_missing_service_leave_nothing_behind(context: &Context<'_>) -> Check {
    let (to, _) = context.service().calls();
    let operation = || async {
        let call = context.bus.call(&to, message(1), context.deadline()).only();
        ensure_error("the call", context.finish("the call", call).await?, ErrorKind::Unavailable)
    };
    repeat(context, context.harness.repetitions(), operation).await
}

pub(crate) async fn calls_that_time_out_leave_nothing_behind(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    drop(context.bus.consume(&source, prefetch(1)).await?);
    let deadline = Duration::from_millis(20);
    let operation = || async {
        let calls = (0..CONCURRENT).map(|_| async {
            let call = context.bus.call(&to, message(1), Instant::now() + deadline).only();
            ensure_error("the call", context.finish("the call", call).await?, ErrorKind::DeadlineExceeded)
        });
        try_join_all(calls).await.map(drop)
    };
    repeat(context, context.harness.repetitions().div_ceil(CONCURRENT), operation).await
}

pub(crate) async fn cancelled_calls_leave_nothing_behind(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let operation = || async {
        let call = context.bus.call(&to, message(1), Instant::now() + Duration::from_secs(1)).only();
        // Polls the call once, and drops it.
        let _ = call.now_or_never();
        Ok(())
    };
    let dropping = async {
        while let Some(Ok(delivery)) = provider.next().await {
            delivery.settle(Settlement::Acknowledge).await?;
        }
        Ok::<_, Failure>(())
    };
    tokio::select! {
        checked = repeat(context, context.harness.repetitions(), operation) => checked,
        ended = dropping => fail(format!("the provider ended: {ended:?}")),
    }
}

pub(crate) async fn failed_publishes_leave_nothing_behind(context: &Context<'_>) -> Check {
    let queue = missing_queue()?;
    let operation = || async {
        // Drivers that create external queues succeed.
        let _ = context.finish("publishing", context.bus.publish_one(outgoing(&queue, 1))).await?;
        Ok(())
    };
    repeat(context, context.harness.repetitions(), operation).await
}

pub(crate) async fn failed_consumers_leave_nothing_behind(context: &Context<'_>) -> Check {
    let source = missing_queue()?.into();
    let operation = || async {
        let consumed = context.finish("consuming", context.bus.consume(&source, prefetch(1))).await?;
        drop(consumed);
        Ok(())
    };
    repeat(context, context.harness.repetitions(), operation).await
}

pub(crate) async fn dropped_consumers_leave_nothing_behind(context: &Context<'_>) -> Check {
    let service = context.service();
    let sources = [service.calls().1, service.commands().1, service.broadcast("made")];
    let operation = || async {
        for source in &sources {
            drop(context.finish("consuming", context.bus.consume(source, prefetch(1))).await??);
        }
        Ok(())
    };
    repeat(context, context.harness.repetitions() / EXPENSIVE, operation).await
}

pub(crate) async fn messages_over_the_limit_leave_nothing_behind(context: &Context<'_>) -> Check {
    let service = context.service();
    let ((commands, _), (calls, source)) = (service.commands(), service.calls());
    let _provider = context.bus.consume(&source, prefetch(1)).await?;
    let too_large = message_of_length(context.bus.capabilities().max_message + 1);
    let operation = || async {
        let publishing = context.bus.publish_one(Outgoing::new(commands.clone(), too_large.clone()));
        let published = context.finish("publishing", publishing).await?;
        ensure_error("publishing", published, ErrorKind::TooLarge)?;
        let call = context.bus.call(&calls, too_large.clone(), context.deadline()).only();
        ensure_error("the call", context.finish("the call", call).await?, ErrorKind::TooLarge)
    };
    repeat(context, context.harness.repetitions(), operation).await
}

pub(crate) async fn replies_over_the_limit_leave_nothing_behind(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let too_large = Frame::bare(vec![b'0'; context.bus.capabilities().max_message + 1]);
    let provider = tokio::sync::Mutex::new(&mut provider);
    let operation = || async {
        let mut provider = provider.lock().await;
        let replying = async {
            let mut delivery = context.next(&mut provider).await?;
            let responder = responder(&mut delivery)?;
            ensure_error("the reply", responder.send(too_large.clone()).await, ErrorKind::TooLarge)?;
            Ok(delivery.settle(Settlement::Acknowledge).await?)
        };
        tokio::select! {
            replied = replying => replied,
            ended = context.bus.call(&to, message(1), context.deadline()).only() => {
                fail(format!("the call ended before its reply was refused: {ended:?}"))
            }
        }
    };
    repeat(context, context.harness.repetitions(), operation).await
}

pub(crate) async fn settlements_after_close_leave_nothing_behind(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let operation = || async {
        publish(&context.bus, &to, [1]).await?;
        let bus = context.connect().await?;
        let mut consumer = bus.consume(&source, prefetch(1)).await?;
        let delivery = context.next(&mut consumer).await?;
        context.finish("close", bus.close()).await??;
        let settled = context.finish("settling", delivery.settle(Settlement::Acknowledge)).await?;
        ensure(settled.is_err(), || "a message was acknowledged over a closed connection".to_owned())?;
        let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
        context.acknowledge_next(&mut consumer).await.map(drop)
    };
    repeat(context, context.harness.repetitions() / EXPENSIVE, operation).await
}
