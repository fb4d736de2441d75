//! The reply to a call, as its caller receives it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::envelope::Frame;
use crate::error::{Error, ErrorKind, Result};

/// The frames of one reply, as a driver produces them. Dropping it cancels the call.
pub trait ReplyStream: Send {
    /// The next frame. After the one with [`Frame::end`], or an error, it is not polled again.
    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Frame>>;

    /// Lets the provider send this many more frames. The first ones are granted by
    /// [`Envelope::credit`](crate::envelope::Envelope::credit). Does nothing on drivers without
    /// [`Capabilities::streams`](super::Capabilities::streams).
    fn grant(self: Pin<&mut Self>, _frames: u32) {}
}

/// The reply to a call. Dropping it cancels the call.
#[must_use = "a call is sent when its replies are polled"]
pub struct Replies<'a> {
    stream: Pin<Box<dyn ReplyStream + 'a>>,
    ended: bool,
}

impl<'a> Replies<'a> {
    /// A reply whose frames `stream` yields.
    pub fn new(stream: impl ReplyStream + 'a) -> Self {
        Self { stream: Box::pin(stream), ended: false }
    }

    /// A reply with a single frame, which `reply` returns.
    pub fn once(reply: impl Future<Output = Result<Frame>> + Send + 'a) -> Self {
        Self::new(Once { reply })
    }

    /// The next frame; `None` after the last one, or after an error.
    pub async fn next(&mut self) -> Option<Result<Frame>> {
        if self.ended {
            return None;
        }
        let frame = poll_fn(|context| self.stream.as_mut().poll_frame(context)).await;
        self.ended = frame.as_ref().map_or(true, |frame| frame.end);
        Some(frame)
    }

    /// Allows the provider to send this many more frames.
    pub fn grant(&mut self, frames: u32) {
        self.stream.as_mut().grant(frames);
    }

    /// The reply as a future of its single frame.
    pub fn only(self) -> OnlyReply<'a> {
        OnlyReply(self)
    }
}

impl fmt::Debug for Replies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replies").field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// Waits for the one frame of a reply.
///
/// # Errors
/// As [`Transport::call`](super::Transport::call); `Decode` when more frames follow the first one.
#[derive(Debug)]
pub struct OnlyReply<'a>(Replies<'a>);

impl Future for OnlyReply<'_> {
    type Output = Result<Frame>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let frame = ready!(self.0.stream.as_mut().poll_frame(context));
        Poll::Ready(match frame {
            Ok(frame) if !frame.end => {
                Err(Error::new(ErrorKind::Decode, "expected a single reply, found a stream"))
            }
            frame => frame,
        })
    }
}

pin_project! {
    /// A future as a stream of one frame.
    struct Once<F> {
        #[pin]
        reply: F,
    }
}

impl<F: Future<Output = Result<Frame>> + Send> ReplyStream for Once<F> {
    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Frame>> {
        self.project().reply.poll(context)
    }
}
