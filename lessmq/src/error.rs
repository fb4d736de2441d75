//! The error type of the library, and the error type of handlers.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::never::Never;

/// The result of library functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error, boxed.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// The error of an operation of this library.
///
/// Match on [`Error::kind`]; the text is for people. `Display` prints this error alone, [`Error::source`] returns its
/// cause, and the alternate form `{:#}` prints the chain of causes and the hint.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    context: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    source: Option<BoxError>,
    message_id: Option<Box<str>>,
}

/// The kinds of [`Error`]. The text of a kind ([`ErrorKind::as_str`]) is stable, because it is sent in replies and dead
/// letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or malformed: an address, a name, an option.
    Config,
    /// The broker is unreachable, rejected the credentials, or the connection broke.
    Connection,
    /// A queue or topic is missing, or exists with other arguments.
    Topology,
    /// The driver does not support the operation.
    Unsupported,
    /// A message is larger than the driver's limit.
    TooLarge,
    /// A value could not be written as JSON.
    Encode,
    /// A payload does not match the contract.
    Decode,
    /// The media type of a payload is not JSON.
    ContentType,
    /// The provider has no such method.
    UnknownMethod,
    /// The service has no provider on this bus.
    Unavailable,
    /// The deadline passed.
    DeadlineExceeded,
    /// The contracts of the two sides are incompatible.
    ContractMismatch,
    /// The connection was closed by this program.
    Closed,
    /// The process did not shut down cleanly: handlers were still running at the end of the drain timeout.
    Shutdown,
    /// The handler failed or panicked.
    Handler,
    /// The database of an outbox or an inbox failed.
    Storage,
    /// A task of this library or of the program panicked.
    Internal,
}

impl ErrorKind {
    const ALL: [(Self, &'static str); 17] = [
        (Self::Config, "config"),
        (Self::Connection, "connection"),
        (Self::Topology, "topology"),
        (Self::Unsupported, "unsupported"),
        (Self::TooLarge, "too-large"),
        (Self::Encode, "encode"),
        (Self::Decode, "decode"),
        (Self::ContentType, "content-type"),
        (Self::UnknownMethod, "unknown-method"),
        (Self::Unavailable, "unavailable"),
        (Self::DeadlineExceeded, "deadline-exceeded"),
        (Self::ContractMismatch, "contract-mismatch"),
        (Self::Closed, "closed"),
        (Self::Shutdown, "shutdown"),
        (Self::Handler, "handler"),
        (Self::Storage, "storage"),
        (Self::Internal, "internal"),
    ];

    /// The stable name of the kind, in kebab case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("unknown", |(_, name)| name)
    }

    /// The kind that [`ErrorKind::as_str`] names, if this version knows it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    /// An error of `kind`. `context` says what failed and where.
    pub fn new(kind: ErrorKind, context: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind, context: context.into(), hint: None, source: None, message_id: None }))
    }

    /// Adds the cause of the error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds a hint: what the reader can do about the error.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same error of the message `id`.
    #[must_use]
    pub(crate) fn of_message(mut self, id: &str) -> Self {
        self.0.message_id = Some(id.into());
        self
    }

    /// Adds `thing` at the start of the error's text.
    #[must_use]
    pub(crate) fn about(mut self, thing: &str) -> Self {
        self.0.context = format!("{thing}: {}", self.0.context).into();
        self
    }

    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The hint: what the reader can do about the error.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The id of the message that was sent, if this is the error of a call: the provider logs it, too.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.0.message_id.as_deref()
    }

    /// Whether the same operation may succeed later, unchanged.
    ///
    /// A call that failed this way may still have been handled: repeat it only where handling it twice is harmless.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        use ErrorKind::{Connection, DeadlineExceeded, Storage, Unavailable};
        matches!(self.kind(), Connection | DeadlineExceeded | Storage | Unavailable)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.context)?;
        if let Some(id) = &self.0.message_id {
            write!(f, " (message {})", id.escape_debug())?;
        }
        if !f.alternate() {
            return Ok(());
        }
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        self.hint().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}: {self:#})", self.kind())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// The result of a handler of commands or events.
pub type HandlerResult = Result<(), HandlerError>;

/// The error of a handler of a command or an event.
///
/// `?` turns any error into one that is *retried*, with backoff, until the attempts of the
/// [`RetryPolicy`](crate::RetryPolicy) are used up. Then the message goes to the dead letters. With
/// [`Terminal::terminal`], it goes there at once.
///
/// ```
/// use lessmq::{HandlerResult, Terminal};
///
/// fn charge(amount: &str) -> HandlerResult {
///     let amount: u32 = amount.parse().terminal()?;      // will never parse: dead letter
///     std::fs::write("/nonexistent/ledger", [amount as u8])?; // may work later: retry
///     Ok(())
/// }
/// assert!(charge("ten").unwrap_err().is_terminal());
/// assert!(!charge("10").unwrap_err().is_terminal());
/// ```
pub struct HandlerError {
    error: BoxError,
    terminal: bool,
}

impl HandlerError {
    /// An error that no retry will fix.
    pub fn terminal(error: impl Into<BoxError>) -> Self {
        Self { error: error.into(), terminal: true }
    }

    /// An error that may not occur at a later attempt.
    pub fn retryable(error: impl Into<BoxError>) -> Self {
        Self { error: error.into(), terminal: false }
    }

    /// Whether the message goes to the dead letters without another attempt.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// The error itself, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }

    /// The error and its causes, on one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.error.to_string();
        let mut cause = self.error.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl<E: Into<BoxError>> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self::retryable(error)
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.terminal { "Terminal" } else { "Retryable" };
        f.debug_tuple(name).field(&self.error).finish()
    }
}

/// Marks an error as one that no retry will fix.
pub trait Terminal<T> {
    /// Makes the error of a result terminal: the message goes to the dead letters at once.
    ///
    /// # Errors
    /// The error of `self`, as a terminal [`HandlerError`].
    fn terminal(self) -> Result<T, HandlerError>;
}

impl<T, E: Into<BoxError>> Terminal<T> for Result<T, E> {
    fn terminal(self) -> Result<T, HandlerError> {
        self.map_err(HandlerError::terminal)
    }
}

/// The error of a call: the provider's typed error, or an error of the library.
#[derive(Debug)]
pub enum CallError<E> {
    /// The provider's typed error.
    Rejected(E),
    /// There is no reply, or this client cannot read it.
    Failed(Error),
}

impl<E> CallError<E> {
    /// The library's error, if it is one.
    #[must_use]
    pub fn failed(&self) -> Option<&Error> {
        match self {
            Self::Rejected(_) => None,
            Self::Failed(error) => Some(error),
        }
    }
}

impl<E: fmt::Debug> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(error) => write!(f, "the provider returned an error: {error:?}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug> StdError for CallError<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.failed().and_then(StdError::source)
    }
}

impl<E> From<Error> for CallError<E> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<CallError<Never>> for Error {
    fn from(error: CallError<Never>) -> Self {
        match error {
            CallError::Rejected(never) => match never {},
            CallError::Failed(error) => error,
        }
    }
}

/// The error of a call of `method` whose deadline has passed.
pub(crate) fn deadline_exceeded_error(method: &str) -> Error {
    Error::new(ErrorKind::DeadlineExceeded, format!("`{method}` did not reply before the deadline"))
        .with_hint(
            "check that the service is running and fast enough: `lessmq-cli ps` lists the services on the bus",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_does_not_repeat_the_source_and_the_alternate_form_prints_the_chain() {
        let error = Error::new(ErrorKind::Config, "invalid broker address")
            .with_source(std::io::Error::other("no scheme"))
            .with_hint("write memory:");
        assert_eq!(error.to_string(), "invalid broker address");
        assert_eq!(format!("{error:#}"), "invalid broker address: no scheme\nhint: write memory:");
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for (kind, name) in ErrorKind::ALL {
            assert_eq!(kind.as_str(), name);
            assert_eq!(ErrorKind::from_name(name), Some(kind));
        }
    }
}
