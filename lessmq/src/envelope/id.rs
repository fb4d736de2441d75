//! The ids of messages.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use uuid::fmt::Hyphenated;
use uuid::{NoContext, Timestamp, Uuid};

use super::Text;

/// The id of a message. Together with its source, it identifies the message, at each attempt.
///
/// LessMQ's own are UUIDv7 (RFC 9562, section 5.7), which tell roughly when they were made; another sender's may be any
/// text. It prints as it is on the wire.
///
/// ```
/// use lessmq::envelope::MessageId;
///
/// assert_eq!(MessageId::from("order-42").to_string(), "order-42");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MessageId(Form);

/// A UUID in our own notation is kept as a number: it needs no allocation, and is rarely printed.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    Uuid(Uuid),
    Text(Text),
}

impl MessageId {
    /// A new id.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        Self::of(new_uuid(Instant::now()))
    }

    pub(crate) fn of(id: Uuid) -> Self {
        Self(Form::Uuid(id))
    }

    /// The id of a message without one.
    pub(crate) fn none() -> Self {
        Self(Form::Text(Text::default()))
    }

    /// Whether the sender set none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length of its text, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Uuid(_) => Hyphenated::LENGTH,
            Form::Text(text) => text.len(),
        }
    }
}

/// A new id as a number, of something that happens `now`. Within a millisecond there is no order: to keep one, all
/// threads would have to share a lock.
pub(crate) fn new_uuid(now: Instant) -> Uuid {
    let time = time_of_day(now);
    Uuid::new_v7(Timestamp::from_unix(NoContext, time.as_secs(), time.subsec_nanos()))
}

/// The time since 1970 by the system's clock, which each thread reads once a second: a call has read the other clock
/// before, and reading clocks is a large part of its cost.
fn time_of_day(now: Instant) -> Duration {
    thread_local! {
        static LAST_READ: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
    }
    if let Some((then, time)) = LAST_READ.get()
        && let Some(passed) = now.checked_duration_since(then)
        && passed < Duration::from_secs(1)
    {
        return time + passed;
    }
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    LAST_READ.set(Some((now, time)));
    time
}

impl From<&str> for MessageId {
    fn from(text: &str) -> Self {
        let written_as = |id: &Uuid| id.hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH]) == text;
        match Uuid::try_parse(text) {
            Ok(id) if written_as(&id) => Self::of(id),
            _ => Self(Form::Text(text.into())),
        }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Uuid(id) => id.hyphenated().fmt(f),
            Form::Text(text) => text.fmt(f),
        }
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MessageId").field(&format_args!("{self}")).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_text() {
        for text in [
            "",
            "Nº 1 / čtyři",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "01890A5D-AC96-774B-BCCE-B302099A8057",
            "01890a5dac96774bbcceb302099a8057",
            "{01890a5d-ac96-774b-bcce-b302099a8057}",
        ] {
            let id = MessageId::from(text);
            assert_eq!(id.to_string(), text);
            assert_eq!(id.len(), text.len());
        }
    }

    #[test]
    fn our_own_id_survives_the_wire() {
        let id = MessageId::new();
        assert_eq!(MessageId::from(&*id.to_string()), id);
        assert_eq!(id.to_string().len(), 36);
    }
}
