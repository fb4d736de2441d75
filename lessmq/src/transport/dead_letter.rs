//! Why a message was given up.

/// Why a message was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The class of the reason.
    pub reason: DeadLetterReason,
    /// What happened, for people.
    pub detail: String,
    /// How many times handling was attempted.
    pub attempts: u32,
}

/// The classes of reasons why a message is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// The handler said that no retry will help.
    Terminal,
    /// The last attempt failed.
    AttemptsExhausted,
    /// No method of this name is served.
    UnknownMethod,
    /// The payload does not match the contract.
    Undecodable,
    /// The payload is not JSON, by its media type.
    ContentType,
    /// The message is larger than the driver's limit.
    TooLarge,
    /// The broker gave up by its own rules, such as its delivery limit.
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

    /// The reason that [`DeadLetterReason::as_str`] names; [`DeadLetterReason::Broker`] for names that are not ours.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Broker, |(reason, _)| *reason)
    }
}
