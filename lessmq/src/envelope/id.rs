//! The ids of messages.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use uuid::fmt::Hyphenated;
use uuid::{NoContext, Timestamp, Uuid};

use super::Text;

/// The id of a message. The id and the source identify the message. They are the same at each attempt.
///
/// Ids that LessMQ generates are UUIDv7 (RFC 9562, section 5.7), which contain the time. Ids of other senders may be
/// any text. `Display` prints the text that is sent.
///
/// ```
/// use lessmq::envelope::MessageId;
///
/// assert_eq!(MessageId::from("order-42").to_string(), "order-42");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MessageId(Form);

/// A UUID that LessMQ generated is stored as a number, which needs no allocation. It is rarely printed.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    Uuid(Uuid),
    Text(Text),
}

impl MessageId {
    /// A new id.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each id is different")]
    pub fn new() -> Self {
        Self::of(new_uuid(Instant::now()))
    }

    pub(crate) fn of(id: Uuid) -> Self {
        Self(Form::Uuid(id))
    }

    /// The id as a number, if it is a UUID.
    pub(crate) fn uuid(&self) -> Option<Uuid> {
        match self.0 {
            Form::Uuid(id) => Some(id),
            Form::Text(_) => None,
        }
    }

    /// Whether the sender set no id.
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

/// A new id as a number, with the time `now`. Ids of the same millisecond have no order: an order would need a lock
/// that all threads share.
pub(crate) fn new_uuid(now: Instant) -> Uuid {
    let time = time_of_day(now);
    Uuid::new_v7(Timestamp::from_unix(NoContext, time.as_secs(), time.subsec_nanos()))
}

/// The time since 1970. It is computed from `now`, and each thread reads the system clock only once a second, because
/// reading clocks is a large part of the cost of a call.
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
    fn a_generated_id_survives_the_wire() {
        let id = MessageId::new();
        assert_eq!(MessageId::from(&*id.to_string()), id);
        assert_eq!(id.to_string().len(), 36);
    }
}
