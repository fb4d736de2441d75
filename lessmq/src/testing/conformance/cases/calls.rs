//! Calls: each is delivered at most once, and its reply goes to its caller.

use futures_util::future::{join_all, try_join_all};
use tokio::time::Instant;

use super::super::check::{Check, Failure, ensure, ensure_eq, ensure_error, ensure_same_message, fail};
use super::super::context::Context;
use super::super::message::{full_message, message, prefetch, reply};
use super::super::provider::{answer, call, responder, serve};
use crate::envelope::{Envelope, Frame, Outcome};
use crate::error::ErrorKind;
use crate::transport::Settlement;

pub(crate) async fn a_call_is_answered(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.connect().await?.consume(&source, prefetch(1)).await?;
    let sent = full_message();
    let contract = Some("urn:lessmq:conformance:1.2.3:0123456789abcdef".into());
    let reply = Frame::new(Outcome::Rejected, contract, r#"{"answer":42}"#);
    let replying = async {
        let mut delivery = context.next(&mut provider).await?;
        let (left, expires_in) = (delivery.envelope.expires_in, sent.expires_in);
        ensure(left.is_some() && left <= expires_in, || {
            format!("the time that was left: expected at most {expires_in:?}, got {left:?}")
        })?;
        ensure_same_message(&Envelope { expires_in, ..Envelope::clone(&delivery.envelope) }, &sent)?;
        responder(&mut delivery)?.send(reply.clone()).await?;
        Ok::<_, Failure>(delivery.settle(Settlement::Acknowledge).await?)
    };
    let calling = async { Ok(context.bus.call(&to, sent.clone().into(), context.deadline()).only().await?) };
    let ((), seen) = context.finish("the call", async { tokio::try_join!(replying, calling) }).await??;
    ensure(seen.data == reply.data, || "the payload of the reply was changed".to_owned())?;
    ensure_eq("the reply", &seen, &reply)
}

pub(crate) async fn a_call_can_be_acknowledged_before_its_reply(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let replying = async {
        let mut delivery = context.next(&mut provider).await?;
        let responder = responder(&mut delivery)?;
        delivery.settle(Settlement::Acknowledge).await?;
        Ok(responder.send(reply(7)).await?)
    };
    tokio::try_join!(replying, call(context, context.bus.as_ref(), &to, 7))?;
    Ok(())
}

pub(crate) async fn many_calls_can_be_in_progress(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.connect().await?.consume(&source, prefetch(32)).await?;
    let calling = try_join_all((0..200).map(|number| call(context, context.bus.as_ref(), &to, number)));
    tokio::try_join!(serve(context, &mut provider, 200), calling)?;
    Ok(())
}

pub(crate) async fn replies_arrive_in_any_order(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.connect().await?.consume(&source, prefetch(10)).await?;
    let replying = async {
        let mut deliveries = Vec::new();
        for _ in 0..10 {
            deliveries.push(context.next(&mut provider).await?);
        }
        for delivery in deliveries.into_iter().rev() {
            answer(delivery).await?;
        }
        Ok(())
    };
    let calling = try_join_all((0..10).map(|number| call(context, context.bus.as_ref(), &to, number)));
    tokio::try_join!(replying, calling)?;
    Ok(())
}

pub(crate) async fn every_caller_gets_the_reply_to_its_call(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(4)).await?;
    let callers = [context.connect().await?, context.connect().await?, context.connect().await?];
    for round in 0..3 {
        let calling =
            callers.iter().zip(10 * round..).map(|(bus, number)| call(context, bus.as_ref(), &to, number));
        tokio::try_join!(serve(context, &mut provider, callers.len()), try_join_all(calling))?;
    }
    Ok(())
}

pub(crate) async fn providers_share_the_calls(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut one = context.bus.consume(&source, prefetch(1)).await?;
    let mut other = context.connect().await?.consume(&source, prefetch(1)).await?;
    let replying = async {
        let (first, second) = (context.next(&mut one).await?, context.next(&mut other).await?);
        tokio::try_join!(answer(first), answer(second))
    };
    let bus = context.bus.as_ref();
    tokio::try_join!(replying, call(context, bus, &to, 1), call(context, bus, &to, 2))?;
    Ok(())
}

pub(crate) async fn a_call_can_be_cancelled(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(2)).await?;
    let unanswered = tokio::select! {
        delivery = context.next(&mut provider) => delivery?,
        ended = context.bus.call(&to, message(1), context.deadline()).only() => {
            return fail(format!("a call that no one answered ended with {ended:?}"));
        }
    };
    answer(unanswered).await?;
    let calls = join_all((2..5).map(|number| call(context, context.bus.as_ref(), &to, number)));
    let (served, answers) = tokio::join!(serve(context, &mut provider, 3), calls);
    served?;
    answers.into_iter().collect()
}

pub(crate) async fn a_call_is_sent_when_it_is_polled(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(2)).await?;
    let unpolled = context.bus.call(&to, message(1), context.deadline());
    context.expect_nothing(&mut provider).await?;
    drop(unpolled);
    tokio::try_join!(serve(context, &mut provider, 1), call(context, context.bus.as_ref(), &to, 2))?;
    context.expect_nothing(&mut provider).await
}

pub(crate) async fn a_call_to_a_service_that_no_one_provides_fails(context: &Context<'_>) -> Check {
    let (to, _) = context.service().calls();
    let call = context.bus.call(&to, message(1), context.deadline()).only();
    ensure_error("the call", context.finish("the call", call).await?, ErrorKind::Unavailable)
}

pub(crate) async fn a_call_to_a_queue_of_commands_is_refused(context: &Context<'_>) -> Check {
    let (to, source) = context.service().commands();
    let mut consumer = context.bus.consume(&source, prefetch(1)).await?;
    let call = context.bus.call(&to, message(1), Instant::now() + context.harness.quiet_period()).only();
    ensure_error("the call", context.finish("the call", call).await?, ErrorKind::Unsupported)?;
    context.expect_nothing(&mut consumer).await
}

pub(crate) async fn an_unsettled_call_is_not_delivered_again(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let dropping = async {
        drop(context.next(&mut provider).await?);
        context.expect_nothing(&mut provider).await
    };
    tokio::select! {
        checked = dropping => checked?,
        ended = context.bus.call(&to, message(1), context.deadline()).only() => {
            return fail(format!("a call that no one answered ended with {ended:?}"));
        }
    }
    tokio::try_join!(serve(context, &mut provider, 1), call(context, context.bus.as_ref(), &to, 2))?;
    Ok(())
}

pub(crate) async fn an_idempotent_call_that_is_dropped_is_delivered_again(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let sent = Envelope { idempotent: true, ..Envelope::clone(&message(1)) };
    let answering = async {
        drop(context.next(&mut provider).await?);
        let delivery = context.next(&mut provider).await?;
        ensure(delivery.envelope.idempotent, || "the call is no longer idempotent".to_owned())?;
        answer(delivery).await
    };
    let calling = async { Ok(context.bus.call(&to, sent.into(), context.deadline()).only().await?) };
    context.finish("the call", async { tokio::try_join!(answering, calling) }).await??;
    Ok(())
}
