//! Calls.
//!
//! Calls and replies are neither confirmed nor stored. If one is lost, the call fails at its deadline at the latest.

use std::sync::Arc;
use std::time::Duration;

use lapin::types::ShortString;
use tokio::time::{Instant, timeout_at};

use super::channel::Publication;
use super::failure::short;
use super::session::{Session, new_id};
use super::shared::Shared;
use super::target::CallTarget;
use super::{encode, topology};
use crate::envelope::{Envelope, Frame};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::kit::single_flight::in_task;
use crate::transport::{Queue, closed_error, too_late_error, unavailable_error};

/// A call without a reply, and whether it may have been handled.
struct Failed {
    error: Error,
    sent: bool,
}

impl Shared {
    /// Sends a call and waits for its reply.
    pub(super) async fn call(&self, to: &Queue, message: &Envelope, deadline: Instant) -> Result<Frame> {
        if matches!(to, Queue::Commands { .. }) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a command cannot be called: commands have no reply",
            ));
        }
        loop {
            let session = self.link.session(deadline).await?;
            let calling = self.call_on(&session, to, message, deadline);
            match timeout_at(deadline, calling).await {
                Err(_) => return Err(too_late_error()),
                Ok(Ok(reply)) => return Ok(reply),
                // A call that was sent is not sent again: calls are delivered at most once.
                Ok(Err(Failed { error, sent: false })) if error.kind() == ErrorKind::Connection => {
                    if session.is_usable() {
                        return Err(error);
                    }
                }
                Ok(Err(Failed { error, .. })) => return Err(error),
            }
        }
    }

    async fn call_on(
        &self,
        session: &Arc<Session>,
        to: &Queue,
        message: &Envelope,
        deadline: Instant,
    ) -> Result<Frame, Failed> {
        let unsent = |error| Failed { error, sent: false };
        let target = self.call_target(session, to).await.map_err(unsent)?;
        let replies =
            session.reply_queue(|| self.names.unique("replies", &new_id())).await.map_err(unsent)?;
        let channel = session.unconfirmed_channel().await.map_err(unsent)?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left < Duration::from_millis(1) {
            return Err(unsent(too_late_error()));
        }
        let mut reply = replies.pending.register().ok_or_else(|| unsent(self.reply_lost_error()))?;
        let properties = encode::write(message, false)
            .with_reply_to(replies.name.clone())
            .with_correlation_id(reply.id().to_string().into())
            .with_expiration(expiration(left));
        let publication = Publication {
            exchange: ShortString::default(),
            routing_key: target.queue.clone(),
            mandatory: false,
            properties,
            data: &message.data,
        };
        channel.publish(publication).await.map_err(unsent)?;
        let frame =
            reply.next().await.ok_or_else(|| Failed { error: self.reply_lost_error(), sent: true })?;
        target.note_seen();
        Ok(frame)
    }

    fn reply_lost_error(&self) -> Error {
        if self.closing.is_cancelled() {
            return closed_error();
        }
        Error::new(
            ErrorKind::Connection,
            "the connection to the broker or its reply queue was lost while a call waited for its reply",
        )
        .with_hint("the call may have been handled: check that before it is sent again")
    }

    /// The queue that calls are sent to, after making sure that it exists.
    async fn call_target(&self, session: &Arc<Session>, to: &Queue) -> Result<Arc<CallTarget>> {
        let target = match session.call_targets.get(to) {
            Some(target) => target,
            None => {
                let target = CallTarget::new(short("queue", &self.names.queue(to))?);
                session.call_targets.insert(to.clone(), Arc::new(target), |_| true)
            }
        };
        if target.is_known() {
            return Ok(target);
        }
        let asked_at = Instant::now();
        // One caller checks the queue, and the others wait for its result.
        let lookup = Arc::clone(&target.lookup).lock_owned().await;
        if !target.is_known() && !target.is_missing_since(asked_at) {
            let (session, target) = (Arc::clone(session), Arc::clone(&target));
            in_task(async move {
                let _lookup = lookup;
                look_up(&session, &target).await
            })
            .await?;
        }
        if target.is_known() { Ok(target) } else { Err(missing_provider_error(to)) }
    }
}

/// Finds out whether the queue exists.
async fn look_up(session: &Session, target: &CallTarget) -> Result<()> {
    let started_at = Instant::now();
    match topology::count_messages(session, target.queue.as_str()).await? {
        Some(_) => target.note_seen(),
        None => target.note_missing(started_at),
    }
    Ok(())
}

fn missing_provider_error(to: &Queue) -> Error {
    match to {
        Queue::Calls { service } | Queue::Commands { service, .. } => unavailable_error(service.as_str()),
        Queue::External { name } => {
            Error::new(ErrorKind::Unavailable, format!("queue `{name}` does not exist"))
        }
    }
}

/// A duration in milliseconds, as AMQP encodes it. It is limited to 32 bits (seven weeks): for a larger value, the
/// broker closes the channel that all calls share.
fn expiration(left: Duration) -> ShortString {
    u32::try_from(left.as_millis()).unwrap_or(u32::MAX).to_string().into()
}
