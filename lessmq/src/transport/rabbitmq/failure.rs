//! What the broker's and the client library's errors mean.

use std::io;

use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::types::ShortString;

use super::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};

/// A connection or a channel broke, or the broker refused an operation.
pub(super) fn broken(context: impl Into<String>, error: lapin::Error) -> Error {
    Error::new(ErrorKind::Connection, context.into()).with_source(reason(&error))
}

/// What the error says, once: lapin's repeat their sources.
pub(super) fn reason(error: &lapin::Error) -> String {
    match error.kind() {
        lapin::ErrorKind::ProtocolError(error) => error.get_message().to_string(),
        _ => error.to_string(),
    }
}

/// The transport was closed.
pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the connection to the broker was closed by this process")
}

/// The reason why no connection can come about until a person mends something; `None` where trying again may help.
pub(super) fn fatal(endpoint: &Endpoint, error: &lapin::Error) -> Option<Error> {
    let (context, hint) = match error.kind() {
        lapin::ErrorKind::ProtocolError(refusal) => match refusal.kind() {
            AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => (
                format!("the broker at {endpoint} refused the user `{}`", endpoint.user()),
                "check user and password in amqp://user:password@host; special characters are written %xx; the user \
                 `guest` is only let in from the broker's own machine",
            ),
            AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => (
                format!(
                    "the broker at {endpoint} has no virtual host `{}` for the user `{}`",
                    endpoint.uri.vhost,
                    endpoint.user()
                ),
                "check the path of amqp://host/vhost: no path means the virtual host /, a lone / an empty name, and a \
                 / in the name is written %2f",
            ),
            _ => return None,
        },
        lapin::ErrorKind::IOError(io) if io.kind() == io::ErrorKind::InvalidData => (
            format!("no TLS connection to the broker at {endpoint}"),
            "name the authority that signed the broker's certificate with ?cacertfile=/path.pem, and check that the \
             host is the one in the certificate and that the port speaks TLS; a broker that asks for your certificate \
             gets it from certfile and keyfile",
        ),
        _ => return None,
    };
    Some(Error::new(ErrorKind::Connection, context).with_source(reason(error)).with_hint(hint))
}

/// Whether the broker says that a queue or an exchange is not there.
pub(super) fn is_missing(error: &lapin::Error) -> bool {
    soft(error) == Some(&AMQPSoftError::NOTFOUND)
}

/// A declaration that failed: `what` is the queue or the exchange, with its name.
pub(super) fn declaration(what: &str, error: lapin::Error) -> Error {
    let context = match soft(&error) {
        Some(AMQPSoftError::PRECONDITIONFAILED) => format!("{what} exists with other arguments"),
        Some(AMQPSoftError::ACCESSREFUSED) => format!("the broker does not let us declare {what}"),
        Some(AMQPSoftError::RESOURCELOCKED) => format!("{what} belongs to another connection alone"),
        _ => return broken(format!("{what} could not be declared"), error),
    };
    let reason = reason(&error);
    let hint = hint(&reason);
    Error::new(ErrorKind::Topology, context).with_source(reason).with_hint(hint)
}

/// A queue or an exchange that must be there already and is not.
pub(super) fn missing(what: &str, error: lapin::Error) -> Error {
    if is_missing(&error) {
        return Error::new(ErrorKind::Topology, format!("{what} does not exist"))
            .with_source(reason(&error))
            .with_hint("create it, or correct the name; LessMQ does not declare what it has not made");
    }
    declaration(what, error)
}

/// A name as AMQP carries it.
///
/// # Errors
/// `Config`: AMQP has no names of more than 255 bytes.
pub(super) fn short(what: &str, name: &str) -> Result<ShortString> {
    ShortString::try_new(name).map_err(|error| {
        Error::new(
            ErrorKind::Config,
            format!("the {what} `{}…` is too long", name.chars().take(40).collect::<String>()),
        )
        .with_source(error)
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

/// What to do where some consumers of a queue ask for order and others do not.
pub(super) const MIXED: &str = "ordered and unordered consumers cannot share a queue: use the same setting everywhere, \
                                stop the others first, and delete the queue, when it has run empty, if it is one of \
                                events";

fn hint(text: &str) -> &'static str {
    if text.contains("ACCESS_REFUSED") {
        "give the user the configure permission for this name, or choose another namespace"
    } else if text.contains("x-single-active-consumer") {
        MIXED
    } else {
        "let the queue run empty, delete it and start again, or choose another namespace or consumer group"
    }
}
