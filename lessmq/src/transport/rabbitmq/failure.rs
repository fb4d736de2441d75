//! Converts errors of the broker and of lapin.

use std::error::Error as _;
use std::io;

use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::types::ShortString;

use super::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};

/// The error for a broken connection or channel, or a rejected operation.
pub(super) fn connection_error(context: impl Into<String>, error: lapin::Error) -> Error {
    Error::new(ErrorKind::Connection, context.into()).with_source(reason(&error))
}

/// The text of an error, without the repeated texts of its sources.
pub(super) fn reason(error: &lapin::Error) -> String {
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) => error.get_message().to_string(),
        _ => error.to_string(),
    }
}

/// The error for a failed connection attempt that no further attempt will fix; `None` if another attempt may succeed.
pub(super) fn fatal_error(endpoint: &Endpoint, error: &lapin::Error) -> Option<Error> {
    let (context, hint) = match error.kind() {
        lapin::ErrorKind::ProtocolError(refusal) => match refusal.kind() {
            AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => (
                format!("broker `{endpoint}` rejected the credentials of user `{}`", endpoint.user()),
                "check user and password in amqp://user:password@host; special characters are written %xx; the user \
                 `guest` can only connect from the broker's own machine",
            ),
            AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => (
                format!(
                    "broker `{endpoint}` has no virtual host `{}` for user `{}`",
                    endpoint.uri.vhost,
                    endpoint.user()
                ),
                "check the path of amqp://host/vhost: without a path it is the virtual host /, a single / is an empty \
                 name, and a / in the name is written %2f",
            ),
            _ => return None,
        },
        lapin::ErrorKind::IOError(io) if io.kind() == io::ErrorKind::InvalidData => (
            format!("cannot open a TLS connection to broker `{endpoint}`"),
            "name the authority that signed the broker's certificate with ?cacertfile=/path.pem, and check that the \
             host is the one in the certificate and that the port speaks TLS; a broker that asks for your certificate \
             gets it from certfile and keyfile",
        ),
        _ => return None,
    };
    Some(Error::new(ErrorKind::Connection, context).with_source(reason(error)).with_hint(hint))
}

/// Whether the broker says that a queue or an exchange does not exist.
pub(super) fn is_missing(error: &lapin::Error) -> bool {
    soft(error) == Some(&AMQPSoftError::NOTFOUND)
}

/// Whether the broker closes a channel after this error.
pub(super) fn closes_channel(error: &lapin::Error) -> bool {
    soft(error).is_some()
}

/// The error of a failed operation on a queue or an exchange. `what` is the queue or the exchange, with its name.
pub(super) fn declaration_error(what: &str, error: lapin::Error) -> Error {
    let (context, hint) = match soft(&error) {
        Some(AMQPSoftError::PRECONDITIONFAILED) => (
            format!("{what} exists with other arguments"),
            "wait until the queue is empty, delete it and start again, or choose another namespace or consumer group",
        ),
        Some(AMQPSoftError::ACCESSREFUSED) => (
            format!("the user has no permission for {what}"),
            "give the user the permission for this name, or choose another namespace",
        ),
        Some(AMQPSoftError::RESOURCELOCKED) => (
            format!("{what} is exclusive to another connection"),
            "stop the other program that holds it, or choose another namespace",
        ),
        _ => return connection_error(format!("the broker did not complete an operation on {what}"), error),
    };
    Error::new(ErrorKind::Topology, context).with_source(reason(&error)).with_hint(hint)
}

/// The error of a failed operation on a queue or an exchange that must exist.
pub(super) fn missing_error(what: &str, error: lapin::Error) -> Error {
    if is_missing(&error) {
        return not_found_error(what).with_source(reason(&error));
    }
    declaration_error(what, error)
}

/// The error for an external queue that does not exist.
pub(super) fn missing_queue_error(name: &str) -> Error {
    not_found_error(&format!("queue `{name}`"))
}

fn not_found_error(what: &str) -> Error {
    Error::new(ErrorKind::Topology, format!("{what} does not exist"))
        .with_hint("create it, or correct the name; LessMQ does not create external queues and exchanges")
}

/// A name as an AMQP short string.
///
/// # Errors
/// `Config` if the name has more than 255 bytes.
pub(super) fn short(what: &str, name: &str) -> Result<ShortString> {
    ShortString::try_new(name).map_err(|_| {
        let start: String = name.chars().take(40).collect();
        let context = format!("{what} `{start}…` is {} bytes, limit is {}", name.len(), u8::MAX);
        Error::new(ErrorKind::Config, context)
    })
}

fn soft(error: &lapin::Error) -> Option<&AMQPSoftError> {
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) => match error.kind() {
            AMQPErrorKind::Soft(soft) => Some(soft),
            AMQPErrorKind::Hard(_) => None,
        },
        _ => None,
    }
}

/// A copy of an error, for another message of a batch.
pub(super) fn copy_error(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.to_string());
    if let Some(source) = error.source() {
        copy = copy.with_source(source.to_string());
    }
    match error.hint() {
        Some(hint) => copy.with_hint(hint.to_owned()),
        None => copy,
    }
}
