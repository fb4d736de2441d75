//! The names of headers, and conversions of their values.

use std::borrow::Cow;

use jiff::Timestamp;
use lapin::types::AMQPValue;

/// The mark of the attempt, on every message that was published again.
pub(super) const ATTEMPT: &str = "lessmq-attempt";
/// The [`Marks`](crate::transport::kit::Marks) that are integers. The others are text.
const NUMBERS: [&str; 2] = [ATTEMPT, "lessmq-dead-attempts"];

/// How many times the message was requeued in a quorum queue.
pub(super) const DELIVERY_COUNT: &str = "x-delivery-count";
/// The broker's own record of dead-lettering.
pub(super) const DEATH: &str = "x-death";
/// When the broker stored the message, if its *timestamp interceptor* is switched on.
pub(super) const PUBLISHED_AT: &str = "timestamp_in_ms";

/// The value of a mark.
pub(super) fn mark(name: &str, value: &str) -> AMQPValue {
    match value.parse() {
        Ok(number) if NUMBERS.contains(&name) => AMQPValue::LongLongInt(number),
        _ => AMQPValue::LongString(value.into()),
    }
}

/// A header value as text, if it can be written as text.
pub(super) fn text(value: &AMQPValue) -> Option<Cow<'_, str>> {
    let text = match value {
        AMQPValue::LongString(text) => {
            // Checks valid text faster than the function for invalid text.
            let valid = std::str::from_utf8(text.as_bytes());
            return Some(valid.map_or_else(|_| String::from_utf8_lossy(text.as_bytes()), Cow::Borrowed));
        }
        AMQPValue::ShortString(text) => return Some(text.as_str().into()),
        AMQPValue::Boolean(value) => value.to_string(),
        AMQPValue::Float(value) => value.to_string(),
        AMQPValue::Double(value) => value.to_string(),
        AMQPValue::Timestamp(seconds) => {
            Timestamp::from_second(i64::try_from(*seconds).ok()?).ok()?.to_string()
        }
        _ => integer(value)?.to_string(),
    };
    Some(text.into())
}

/// A header value as an integer, if it is one.
pub(super) fn integer(value: &AMQPValue) -> Option<i64> {
    match value {
        AMQPValue::ShortShortInt(value) => Some((*value).into()),
        AMQPValue::ShortShortUInt(value) => Some((*value).into()),
        AMQPValue::ShortInt(value) => Some((*value).into()),
        AMQPValue::ShortUInt(value) => Some((*value).into()),
        AMQPValue::LongInt(value) => Some((*value).into()),
        AMQPValue::LongUInt(value) => Some((*value).into()),
        AMQPValue::LongLongInt(value) => Some(*value),
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok()?.parse().ok(),
        _ => None,
    }
}

/// Queue and reason of the latest entry of `x-death`.
pub(super) fn death(value: &AMQPValue) -> Option<(String, String)> {
    let AMQPValue::FieldArray(deaths) = value else { return None };
    let Some(AMQPValue::FieldTable(latest)) = deaths.as_slice().first() else { return None };
    let field = |name: &str| latest.inner().get(name).and_then(text).unwrap_or_default().into_owned();
    Some((field("queue"), field("reason")))
}
