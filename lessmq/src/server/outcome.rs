//! Converts the result of a handler to a settlement or a reply.

use std::any::Any;

use bytes::Bytes;
use tracing::Span;

use super::method::Response;
use super::route::Route;
use super::shared::WorkerShared;
use crate::context::Context;
use crate::envelope::{Fault, Frame, Outcome, Text};
use crate::error::{Error, ErrorKind, HandlerError};
use crate::payload;
use crate::telemetry::{Ending, spans};
use crate::transport::{DeadLetter, DeadLetterReason, Settlement, too_large_error};

/// The result of a handler.
pub(super) type Handled = Result<Response, HandlerError>;

pub(super) fn ending(result: &Handled) -> Ending {
    match result {
        Ok(response) if response.outcome == Outcome::Ok => Ending::Ok,
        Ok(_) => Ending::Rejected,
        Err(_) => Ending::Failed,
    }
}

/// Adds the result of a handler to its span.
pub(super) fn record(span: &Span, result: &Handled) {
    match result {
        Ok(response) if response.outcome == Outcome::Ok => {}
        Ok(_) => spans::rejects(span),
        Err(error) => {
            let kind = error.downcast_ref::<Error>().map_or(ErrorKind::Handler, Error::kind);
            spans::failed(span, kind.as_str());
        }
    }
}

/// The error of a handler that panicked.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> HandlerError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    HandlerError::retryable(format!("the handler panicked: {}", text.unwrap_or("(no message)")))
}

/// The reply of a call.
pub(super) fn reply(route: &Route, context: &Context, shared: &WorkerShared, result: Handled) -> Frame {
    let (kind, max_message) = (&route.kind, shared.process.capabilities.max_message);
    let contract_id = || Some(route.contract_id.clone());
    let error = match result {
        Ok(response) => {
            let frame = Frame::new(response.outcome, contract_id(), response.payload);
            let size = frame.encoded_len();
            if size <= max_message {
                return frame;
            }
            let error = too_large_error(&format!("the reply of `{kind}`"), size, max_message);
            return fault(&Fault::new(error.kind(), error.to_string()), contract_id());
        }
        Err(error) => error,
    };
    tracing::warn!(id = %context.message_id(), error = %error.chain(), "`{kind}` failed");
    // Callers may have the contract of one interface, or of the whole service.
    let is_own =
        |caller: &str| shared.provided.as_ref().is_some_and(|provided| provided.is_contract_of(caller));
    let caller = context.caller_contract().filter(|caller| !is_own(caller));
    fault(&Fault::of(&error, kind, caller, &route.contract_id), contract_id())
}

pub(super) fn fault(fault: &Fault, contract_id: Option<Text>) -> Frame {
    Frame::new(Outcome::Fault, contract_id, payload::encode(fault).unwrap_or_default())
}

/// The settlement of a command or an event.
pub(super) fn settlement(route: &Route, context: &Context, result: Handled) -> Settlement {
    let Err(error) = result else { return Settlement::Acknowledge };
    let detail = error.chain();
    let attempts = context.attempt();
    let delay = if error.is_terminal() { None } else { route.interface.settings.retry.delay_after(attempts) };
    let (id, method) = (context.message_id(), context.method());
    if let Some(after) = delay {
        let delay = after.as_millis();
        tracing::warn!(%id, attempts, error = %detail, "`{method}` failed; next attempt in {delay} ms at the earliest");
        return Settlement::Retry { after };
    }
    let reason = match error.downcast_ref::<Error>().map(Error::kind) {
        Some(ErrorKind::Decode) if error.is_terminal() => DeadLetterReason::Undecodable,
        _ if error.is_terminal() => DeadLetterReason::Terminal,
        _ => DeadLetterReason::AttemptsExhausted,
    };
    route.metrics.dead_letters.increment(1);
    tracing::error!(%id, attempts, reason = reason.as_str(), error = %detail, "`{method}` failed; moved to the dead letters");
    Settlement::DeadLetter(DeadLetter { reason, detail, attempts })
}

/// The reason why a message is rejected without a handler.
#[derive(Debug)]
pub(super) struct Rejection {
    pub(super) reason: DeadLetterReason,
    pub(super) detail: String,
}

impl Rejection {
    /// The reply to a rejected call.
    pub(super) fn reply(self, contract_id: Text) -> Frame {
        let kind = match self.reason {
            DeadLetterReason::UnknownMethod => ErrorKind::UnknownMethod,
            DeadLetterReason::ContentType => ErrorKind::ContentType,
            DeadLetterReason::TooLarge => ErrorKind::TooLarge,
            _ => ErrorKind::Handler,
        };
        fault(&Fault::new(kind, self.detail), Some(contract_id))
    }

    /// The settlement of any other rejected message.
    pub(super) fn settlement(self, attempts: u32) -> Settlement {
        Settlement::DeadLetter(DeadLetter { reason: self.reason, detail: self.detail, attempts })
    }
}

/// The reply to a request for the contract.
pub(super) fn description(reply: crate::error::Result<crate::discovery::DescribeReply>) -> Frame {
    let encoded: Result<Bytes, Error> = reply.and_then(|reply| payload::encode(&reply));
    match encoded {
        Ok(data) => Frame::bare(data),
        Err(error) => fault(&Fault::new(error.kind(), error.to_string()), None),
    }
}
