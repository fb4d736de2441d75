//! The reason why a message became a dead letter.

/// The reason why a message became a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The kind of reason.
    pub reason: DeadLetterReason,
    /// What happened, for people.
    pub detail: String,
    /// How many times handling was attempted.
    pub attempts: u32,
}

/// The kinds of reasons why a message becomes a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// The handler returned a terminal error.
    Terminal,
    /// The last attempt failed.
    AttemptsExhausted,
    /// The service has no method with this name.
    UnknownMethod,
    /// The payload does not match the contract.
    Undecodable,
    /// The payload is not JSON, by its media type.
    ContentType,
    /// The message is larger than the driver's limit.
    TooLarge,
    /// The broker moved the message by its own rules, such as a delivery limit.
    Broker,
}

impl DeadLetterReason {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Terminal, "terminal"),
        (Self::AttemptsExhausted, "attempts-exhausted"),
        (Self::UnknownMethod, "unknown-method"),
        (Self::Undecodable, "undecodable"),
        (Self::ContentType, "content-type"),
        (Self::TooLarge, "too-large"),
        (Self::Broker, "broker"),
    ];

    /// The stable name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("broker", |(_, name)| name)
    }

    /// Parses the name that [`DeadLetterReason::as_str`] returns. Unknown names are [`DeadLetterReason::Broker`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Broker, |(reason, _)| *reason)
    }
}
