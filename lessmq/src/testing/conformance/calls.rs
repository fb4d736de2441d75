//! Calls: delivered at most once, answered or ended by their deadline.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use tokio::time::Instant;

use super::context::{
    BRIEFLY, Context, Failure, broken, ensure, ensure_eq, ensure_error, ensure_same, message, number, reply,
    shared,
};
use super::envelopes::full;
use crate::envelope::{Envelope, Outcome, Reply};
use crate::error::{ErrorKind, Result};
use crate::transport::{Address, Consumer, Delivery, Responder, Settlement, Transport};

super::promises! {
    a_call_is_answered:
        "Transport::request: sends a call and waits for its reply",
    a_call_can_be_acknowledged_before_its_reply:
        "Delivery::responder: where the reply goes",
    many_calls_are_under_way_at_once:
        "Transport::request: many requests may be under way at once",
    replies_come_in_any_order:
        "Transport::request: replies come in any order",
    callers_get_their_own_replies:
        "Transport::request: waits for its reply",
    calls_are_shared_among_providers:
        "Transport::consume: deliveries of one source are shared among all consumers of that source",
    an_unanswered_call_ends_at_its_deadline:
        "Transport::request: until `deadline`, then DeadlineExceeded",
    a_call_whose_deadline_has_passed_fails:
        "Transport::request: DeadlineExceeded",
    an_expired_call_is_not_delivered:
        "Source::Calls: dropped when their deadline passes",
    a_call_that_expired_without_a_provider_is_not_delivered:
        "Source::Calls: dropped when their deadline passes",
    a_late_reply_is_dropped:
        "Transport::request: a reply that comes later is dropped; Responder::reply: that is not an error",
    a_second_reply_is_dropped:
        "Responder::reply: every reply after the first is dropped",
    a_caller_may_leave:
        "Transport::request: dropping the future forgets the call",
    a_call_to_a_service_that_never_was_is_refused:
        "Transport::request: Unavailable when nobody has ever provided the service on this bus",
    an_unsettled_call_is_not_delivered_again:
        "Delivery: calls excepted, which are delivered at most once",
}

/// The way back of a call.
fn responder(delivery: &mut Delivery) -> Result<Arc<dyn Responder>, Failure> {
    delivery.responder.take().map_or_else(|| broken("a call came without a way to reply"), Ok)
}

/// Answers a call with its own number, and settles it.
async fn answer(mut delivery: Delivery) -> Result<(), Failure> {
    let reply = reply(number(&delivery.envelope.data)?);
    responder(&mut delivery)?.reply(reply).await?;
    Ok(delivery.settle(Settlement::Acknowledge).await?)
}

/// Sends a call and sees that it gets its own answer.
async fn call(context: &Context<'_>, bus: &dyn Transport, to: &Address, call: u64) -> Result<(), Failure> {
    let reply = context.within("a call", bus.request(to, message(call), context.soon())).await??;
    ensure_eq("the answer", &number(&reply.data)?, &call)
}

/// Takes and answers so many calls.
async fn serve(context: &Context<'_>, provider: &mut Consumer, count: usize) -> Result<(), Failure> {
    for _ in 0..count {
        answer(context.next(provider).await?).await?;
    }
    Ok(())
}

async fn a_call_is_answered(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.connect().await?.consume(&source, shared(1)).await?;
    let sent = full();
    let answered = Reply {
        outcome: Outcome::Rejected,
        data_schema: Some("urn:lessmq:conformance:1.2.3:0123456789abcdef".into()),
        data: r#"{"answer":42}"#.into(),
    };
    let replying = async {
        let mut delivery = context.next(&mut provider).await?;
        let (left, expires_in) = (delivery.envelope.expires_in, sent.expires_in);
        ensure(left.is_some() && left <= expires_in, || format!("the time that is left: {left:?}"))?;
        ensure_same(&Envelope { expires_in, ..Envelope::clone(&delivery.envelope) }, &sent)?;
        responder(&mut delivery)?.reply(answered.clone()).await?;
        Ok::<_, Failure>(delivery.settle(Settlement::Acknowledge).await?)
    };
    let calling = async { Ok(context.bus.request(&to, sent.clone().into(), context.soon()).await?) };
    let ((), reply) = context.within("a call", async { tokio::try_join!(replying, calling) }).await??;
    ensure(reply.data == answered.data, || "the payload is not what was sent".to_owned())?;
    ensure_eq("the reply", &reply, &answered)
}

async fn a_call_can_be_acknowledged_before_its_reply(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    let replying = async {
        let mut delivery = context.next(&mut provider).await?;
        let responder = responder(&mut delivery)?;
        delivery.settle(Settlement::Acknowledge).await?;
        Ok(responder.reply(reply(7)).await?)
    };
    tokio::try_join!(replying, call(context, context.bus.as_ref(), &to, 7))?;
    Ok(())
}

async fn many_calls_are_under_way_at_once(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.connect().await?.consume(&source, shared(32)).await?;
    let calling = try_join_all((0..200).map(|number| call(context, context.bus.as_ref(), &to, number)));
    tokio::try_join!(serve(context, &mut provider, 200), calling)?;
    Ok(())
}

async fn replies_come_in_any_order(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.connect().await?.consume(&source, shared(10)).await?;
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

async fn callers_get_their_own_replies(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(4)).await?;
    let callers = [context.connect().await?, context.connect().await?, context.connect().await?];
    for round in 0..3 {
        let calling =
            callers.iter().zip(10 * round..).map(|(bus, number)| call(context, bus.as_ref(), &to, number));
        tokio::try_join!(serve(context, &mut provider, callers.len()), try_join_all(calling))?;
    }
    Ok(())
}

async fn calls_are_shared_among_providers(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut one = context.bus.consume(&source, shared(1)).await?;
    let mut other = context.connect().await?.consume(&source, shared(1)).await?;
    let replying = async {
        let (first, second) = (context.next(&mut one).await?, context.next(&mut other).await?);
        tokio::try_join!(answer(first), answer(second))
    };
    let bus = context.bus.as_ref();
    tokio::try_join!(replying, call(context, bus, &to, 1), call(context, bus, &to, 2))?;
    Ok(())
}

async fn an_unanswered_call_ends_at_its_deadline(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    let started = Instant::now();
    let ended = {
        let calling = context.bus.request(&to, message(1), started + BRIEFLY);
        let (ended, _held) = tokio::join!(context.within("the call", calling), context.next(&mut provider));
        ended?
    };
    let waited = started.elapsed();
    ensure_error("the call", ended, ErrorKind::DeadlineExceeded)?;
    ensure(waited >= BRIEFLY, || format!("it ended after {waited:?}, before its deadline of {BRIEFLY:?}"))?;
    let late = BRIEFLY + Duration::from_secs(2);
    ensure(waited < late, || format!("it ended after {waited:?}, long after its deadline of {BRIEFLY:?}"))
}

async fn a_call_whose_deadline_has_passed_fails(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    let ended = context.within("the call", context.bus.request(&to, message(1), Instant::now())).await?;
    ensure_error("a call without any time", ended, ErrorKind::DeadlineExceeded)?;
    context.nothing_follows(&mut provider).await
}

/// Sends a call that nobody answers in time.
async fn expire(context: &Context<'_>, to: &Address) -> Result<(), Failure> {
    let calling = context.bus.request(to, message(1), Instant::now() + BRIEFLY);
    ensure_error("the call", context.within("the call", calling).await?, ErrorKind::DeadlineExceeded)
}

async fn an_expired_call_is_not_delivered(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    let held = async {
        let held = context.next(&mut provider).await?;
        expire(context, &to).await?;
        answer(held).await?;
        serve(context, &mut provider, 1).await
    };
    let calling = async {
        call(context, context.bus.as_ref(), &to, 2).await?;
        call(context, context.bus.as_ref(), &to, 3).await
    };
    tokio::try_join!(held, calling)?;
    context.nothing_follows(&mut provider).await
}

async fn a_call_that_expired_without_a_provider_is_not_delivered(
    context: &Context<'_>,
) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    drop(context.bus.consume(&source, shared(1)).await?);
    expire(context, &to).await?;
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    context.nothing_follows(&mut provider).await
}

async fn a_late_reply_is_dropped(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(2)).await?;
    let (expired, held) = tokio::join!(expire(context, &to), context.next(&mut provider));
    expired?;
    answer(held?).await?;
    for number in 2..4 {
        tokio::try_join!(serve(context, &mut provider, 1), call(context, context.bus.as_ref(), &to, number))?;
    }
    Ok(())
}

async fn a_second_reply_is_dropped(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    for number in 1..4 {
        let replying = async {
            let mut delivery = context.next(&mut provider).await?;
            let responder = responder(&mut delivery)?;
            Arc::clone(&responder).reply(reply(number)).await?;
            responder.reply(reply(100 + number)).await?;
            Ok(delivery.settle(Settlement::Acknowledge).await?)
        };
        tokio::try_join!(replying, call(context, context.bus.as_ref(), &to, number))?;
    }
    Ok(())
}

async fn a_caller_may_leave(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(2)).await?;
    let held = tokio::select! {
        held = context.next(&mut provider) => held?,
        ended = context.bus.request(&to, message(1), context.soon()) => {
            return broken(format!("a call that nobody answered ended with {ended:?}"));
        }
    };
    answer(held).await?;
    let calls = join_all((2..5).map(|number| call(context, context.bus.as_ref(), &to, number)));
    let (served, answers) = tokio::join!(serve(context, &mut provider, 3), calls);
    served?;
    answers.into_iter().collect()
}

async fn a_call_to_a_service_that_never_was_is_refused(context: &Context<'_>) -> Result<(), Failure> {
    let (to, _) = context.service().calls();
    let ended = context.within("the call", context.bus.request(&to, message(1), context.soon())).await?;
    ensure_error("the call", ended, ErrorKind::Unavailable)
}

async fn an_unsettled_call_is_not_delivered_again(context: &Context<'_>) -> Result<(), Failure> {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, shared(1)).await?;
    let dropping = async {
        drop(context.next(&mut provider).await?);
        context.nothing_follows(&mut provider).await
    };
    tokio::select! {
        checked = dropping => checked?,
        ended = context.bus.request(&to, message(1), context.soon()) => {
            return broken(format!("a call that nobody answered ended with {ended:?}"));
        }
    }
    tokio::try_join!(serve(context, &mut provider, 1), call(context, context.bus.as_ref(), &to, 2))?;
    Ok(())
}
