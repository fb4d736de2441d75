//! Replies of several frames.

use std::sync::Arc;

use super::super::check::{Check, ensure, ensure_eq, ensure_error, fail};
use super::super::context::Context;
use super::super::message::{message, prefetch};
use super::super::provider::responder;
use crate::envelope::Frame;
use crate::error::ErrorKind;
use crate::transport::Settlement;

const FRAMES: u32 = 3;

fn frame(sequence: u32) -> Frame {
    Frame { sequence, end: sequence + 1 == FRAMES, ..Frame::bare(sequence.to_string()) }
}

pub(crate) async fn a_reply_of_several_frames_arrives_or_is_refused(context: &Context<'_>) -> Check {
    let (to, source) = context.service().calls();
    let mut provider = context.bus.consume(&source, prefetch(1)).await?;
    let streams = context.bus.capabilities().streams;
    let replying = async {
        let mut delivery = context.next(&mut provider).await?;
        let responder = responder(&mut delivery)?;
        if !streams {
            let refused = responder.send(frame(0)).await;
            return ensure_error("a frame that is not the only one", refused, ErrorKind::Unsupported);
        }
        for sequence in 0..FRAMES {
            Arc::clone(&responder).send(frame(sequence)).await?;
        }
        Ok(delivery.settle(Settlement::Acknowledge).await?)
    };
    let mut call = message(1);
    Arc::make_mut(&mut call).credit = Some(FRAMES);
    let mut replies = context.bus.call(&to, call, context.deadline());
    let receiving = async {
        for sequence in 0..FRAMES {
            match replies.next().await {
                Some(seen) => ensure_eq("a frame", &seen?, &frame(sequence))?,
                None => return fail(format!("the reply ended before frame {sequence}")),
            }
        }
        let next = replies.next().await;
        ensure(next.is_none(), || format!("after the last frame: expected none, got {next:?}"))
    };
    if streams {
        tokio::try_join!(replying, receiving)?;
        return Ok(());
    }
    tokio::select! {
        refused = replying => refused,
        ended = receiving => fail(format!("the call ended before its frames were refused: {ended:?}")),
    }
}
