//! Functions with which cases check.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, Result};

/// The result of a case or of one of its steps.
pub(super) type Check<T = ()> = Result<T, Failure>;

/// Why a case ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The driver broke the promise. The text says what it did.
    Broken(String),
    /// The harness lacks something that the case needs. The text says what.
    NotRun(&'static str),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Broken(format!("unexpected error: {error:?}"))
    }
}

/// Fails the case.
pub(super) fn fail<T>(seen: impl Into<String>) -> Check<T> {
    Err(Failure::Broken(seen.into()))
}

/// Fails the case unless `holds`.
pub(super) fn ensure(holds: bool, seen: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { fail(seen()) }
}

/// Checks that a value is the expected one. For envelopes, use [`ensure_same_message`].
pub(super) fn ensure_eq<T: PartialEq + Debug>(what: impl Display, seen: &T, expected: &T) -> Check {
    ensure(seen == expected, || format!("{what}: expected {expected:?}, got {seen:?}"))
}

/// Checks that an operation failed with an error of this kind.
pub(super) fn ensure_error<T>(operation: &str, result: Result<T>, expected: ErrorKind) -> Check {
    match result {
        Ok(_) => fail(format!("{operation}: expected the error `{expected}`, but it succeeded")),
        Err(error) if error.kind() == expected => Ok(()),
        Err(error) => fail(format!("{operation}: expected the error `{expected}`, got {error:?}")),
    }
}

/// Checks that a message arrived as it was sent.
pub(super) fn ensure_same_message(seen: &Envelope, sent: &Envelope) -> Check {
    let attributes = |envelope: &Envelope| -> BTreeMap<String, String> {
        envelope.attributes().map(|(name, value)| (name.to_owned(), value.into_owned())).collect()
    };
    let (seen_attributes, sent_attributes) = (attributes(seen), attributes(sent));
    for name in sent_attributes.keys().chain(seen_attributes.keys()) {
        let (seen, sent) = (seen_attributes.get(name), sent_attributes.get(name));
        ensure(seen == sent, || {
            format!("attribute `{name}`: sent {}, got {}", shorten(sent), shorten(seen))
        })?;
    }
    ensure(seen.data == sent.data, || {
        let (seen, sent) = (seen.data.len(), sent.data.len());
        format!("the payload was changed: {sent} bytes were sent, {seen} bytes arrived")
    })?;
    ensure(seen == sent, || format!("a field of the message was changed: sent {sent:?}, got {seen:?}"))
}

/// The value of an attribute, shortened to a readable length.
fn shorten(value: Option<&String>) -> String {
    match value {
        Some(value) if value.len() > 100 => format!("{} bytes", value.len()),
        Some(value) => format!("{value:?}"),
        None => "none".to_owned(),
    }
}
