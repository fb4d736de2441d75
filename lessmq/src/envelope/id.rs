//! The ids of messages.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use uuid::fmt::Hyphenated;
use uuid::{NoContext, Timestamp, Uuid};

use super::Text;

/// The id of a message: with its source it names the message, for good and at each attempt.
///
/// LessMQ's own are UUIDv7 (RFC 9562, section 5.7), which tell roughly when they were made; another sender's may be any
/// text. It prints as it stands on the wire.
///
/// ```
/// use lessmq::envelope::MessageId;
///
/// assert_eq!(MessageId::from("order-42").to_string(), "order-42");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MessageId(Form);

/// A UUID in the form in which we write it is kept as its number: it needs no memory of its own, and is seldom printed.
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

    /// That of a message without an id.
    pub(crate) fn none() -> Self {
        Self(Form::Text(Text::default()))
    }

    /// Whether the sender gave none.
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

/// The time since 1970 by the system's clock, at which each thread looks once a second: a call has looked at the other
/// clock already, and looks are a good part of what it costs.
fn time_of_day(now: Instant) -> Duration {
    thread_local! {
        static LOOKED: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
    }
    if let Some((then, time)) = LOOKED.get()
        && let Some(passed) = now.checked_duration_since(then)
        && passed < Duration::from_secs(1)
    {
        return time + passed;
    }
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    LOOKED.set(Some((now, time)));
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
    fn an_id_stays_as_it_was_written() {
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
    fn an_id_of_ours_is_the_same_after_the_wire() {
        let id = MessageId::new();
        assert_eq!(MessageId::from(&*id.to_string()), id);
        assert_eq!(id.to_string().len(), 36);
    }
}
