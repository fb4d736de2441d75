//! The driver trait: what a broker must do for LessMQ.
//!
//! A driver transports [`Envelope`](crate::envelope::Envelope)s. It does not know contracts, and never decodes a
//! payload, retries a handler or logs a secret. Retry, deadlines, tracing and the contract check are implemented above
//! the drivers, once for all brokers. Applications hold a [`Bus`](crate::Bus), never a driver. The conformance suite in
//! `lessmq::testing` checks the behaviour that the docs here promise.
//!
//! * [`Transport`] is the trait, and [`Capabilities`] describe what a driver can do.
//! * [`Destination`] and [`Source`] name queues and topics, and [`Delivery`] is a delivered message.
//! * [`leased`] implements the trait for brokers that lease messages from named queues.
//! * [`kit`] contains parts that drivers share.

mod connect;
mod connection;
mod consumer;
mod dead_letter;
mod delivery;
mod destination;
mod driver;
pub mod kit;
pub mod leased;
#[cfg(feature = "memory")]
pub mod memory;
mod options;
mod outgoing;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;
mod replies;
mod source_text;
mod status;

#[cfg(feature = "macros")]
pub(crate) use self::connect::QUIET_LOG_TARGETS;
pub use self::connect::connect;
pub use self::connection::ConnectionStatus;
pub use self::consumer::{ConsumeOptions, Consumer};
pub use self::dead_letter::{DeadLetter, DeadLetterReason};
pub use self::delivery::{Acknowledger, Delivery, Responder, SettleFuture, Settlement};
pub use self::destination::{Destination, Group, Queue, Source, Subscription, Topic};
pub use self::driver::{BatchLimit, Capabilities, Transport};
pub use self::options::ConnectOptions;
pub use self::outgoing::Outgoing;
pub use self::replies::{OnlyReply, Replies, ReplyStream};
pub use self::status::Status;
use crate::error::{Error, ErrorKind};

/// The error of a message over a limit.
pub(crate) fn too_large_error(what: &str, size: usize, limit: usize) -> Error {
    Error::new(ErrorKind::TooLarge, format!("{what} is {size} bytes, limit is {limit}"))
        .with_hint("store large data elsewhere, and send a reference to it")
}

/// The error of a call to a service without providers.
pub(crate) fn unavailable_error(service: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("service `{service}` has no provider on this bus"))
        .with_hint("start the service, and check that both sides use the same broker and LESSMQ_NAMESPACE")
}

/// The error of a call whose reply did not arrive in time.
pub(crate) fn too_late_error() -> Error {
    Error::new(ErrorKind::DeadlineExceeded, "no reply arrived before the deadline")
}

/// The error of operations on a transport that was closed.
pub(crate) fn closed_error() -> Error {
    Error::new(ErrorKind::Closed, "the connection was closed by this program")
}

/// The error of a message behind one of its partition key that failed with an error of this kind.
pub(crate) fn order_error(kind: ErrorKind) -> Error {
    Error::new(kind, "an earlier message of the same partition key was not stored")
}
