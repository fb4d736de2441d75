//! Header names and values, and what becomes of a message's headers when it is published again.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, ShortString};

use super::properties::{PERSISTENT, TRANSIENT};
use crate::envelope::MessageId;
use crate::transport::DeadLetter;

/// Which attempt the next delivery of a message is.
pub(super) const ATTEMPT: &str = "lessmq-attempt";
/// On dead letters: [`DeadLetter::reason`].
pub(super) const REASON: &str = "lessmq-dead-reason";
/// On dead letters: [`DeadLetter::detail`].
pub(super) const DETAIL: &str = "lessmq-dead-detail";
/// On dead letters: [`DeadLetter::attempts`].
pub(super) const ATTEMPTS: &str = "lessmq-dead-attempts";
/// On dead letters: the queue that they were taken from.
const QUEUE: &str = "lessmq-dead-queue";
/// On dead letters: when.
const TIME: &str = "lessmq-dead-time";

/// All headers of a message must fit into one frame of 128 KiB.
const MAX_DETAIL: usize = 8 * 1024;

/// How often a quorum queue has delivered a message before and got it back.
pub(super) const DELIVERY_COUNT: &str = "x-delivery-count";
/// The broker's account of its own dead-lettering.
pub(super) const DEATH: &str = "x-death";
/// When the broker took the message, where its *timestamp interceptor* is switched on.
pub(super) const PUBLISHED_AT: &str = "timestamp_in_ms";

/// Headers that would make the broker treat the second publish unlike the first: it routes copies by `CC` and
/// `BCC`, and drops a message whose `x-death` looks like a circle.
const BROKER_HEADERS: [&str; 5] = ["CC", "BCC", DEATH, DELIVERY_COUNT, "x-acquired-count"];
/// What a header or property that the broker would act on is kept as.
const KEPT: &str = "lessmq-original-";

/// A header value as text, where it has one.
pub(super) fn text(value: &AMQPValue) -> Option<Cow<'_, str>> {
    let text = match value {
        AMQPValue::LongString(text) => return Some(String::from_utf8_lossy(text.as_bytes())),
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

/// A header value as an integer, where it is one.
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

/// A delivered message's properties, ready to be published once more: everything is kept, except that nothing makes
/// the broker refuse, copy or drop it, which is renamed.
pub(super) struct Again {
    properties: BasicProperties,
    headers: BTreeMap<ShortString, AMQPValue>,
}

impl Again {
    pub(super) fn new(properties: BasicProperties) -> Self {
        let mut headers = BTreeMap::new();
        let original =
            properties.headers().as_ref().map(|headers| headers.inner().clone()).unwrap_or_default();
        // The later ones tell of our own retry queues.
        let first_time = !original.contains_key(ATTEMPT);
        for (name, value) in original {
            if !is_acted_on(name.as_str()) {
                headers.insert(name, value);
            } else if first_time && name.as_str() != DELIVERY_COUNT {
                headers.insert(kept(name.as_str()), value);
            }
        }
        // The broker checks that this is our own name, and drops what outlives that time.
        let properties = keep_property(properties, &mut headers);
        Self { properties: properties.with_delivery_mode(PERSISTENT), headers }
    }

    /// Gives a nameless message the id that its handler saw.
    pub(super) fn named(mut self, id: Option<&MessageId>) -> Self {
        if let Some(id) = id {
            self.set("cloudEvents:id", &id.to_string());
        }
        self
    }

    /// Notes which attempt the next delivery is.
    pub(super) fn attempt(mut self, attempt: u32) -> BasicProperties {
        self.headers.insert(ATTEMPT.into(), AMQPValue::LongLongInt(attempt.into()));
        self.finish()
    }

    /// A call that has so many milliseconds left; `None` for ever.
    pub(super) fn call(self, expiration: Option<u32>) -> BasicProperties {
        let properties = self.finish().with_delivery_mode(TRANSIENT);
        match expiration {
            Some(left) => properties.with_expiration(left.to_string().into()),
            None => properties,
        }
    }

    /// Notes why the message is dead.
    pub(super) fn dead(mut self, letter: &DeadLetter, queue: &str) -> BasicProperties {
        self.set(REASON, letter.reason.as_str());
        self.set(DETAIL, &letter.detail[..letter.detail.floor_char_boundary(MAX_DETAIL)]);
        self.set(QUEUE, queue);
        self.set(TIME, &Timestamp::now().to_string());
        self.headers.insert(ATTEMPTS.into(), AMQPValue::LongLongInt(letter.attempts.into()));
        self.finish()
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name.into(), AMQPValue::LongString(value.into()));
    }

    fn finish(self) -> BasicProperties {
        self.properties.with_headers(self.headers.into())
    }
}

fn is_acted_on(name: &str) -> bool {
    BROKER_HEADERS.contains(&name) || name.starts_with("x-first-death-") || name.starts_with("x-last-death-")
}

fn kept(name: &str) -> ShortString {
    // The names are AMQP's own, and short.
    ShortString::try_new(format!("{KEPT}{}", name.to_ascii_lowercase())).unwrap_or_default()
}

/// Moves the properties that the broker acts on to headers.
fn keep_property(
    properties: BasicProperties,
    headers: &mut BTreeMap<ShortString, AMQPValue>,
) -> BasicProperties {
    let mut keep = |name: &str, value: &Option<ShortString>| {
        if let Some(value) = value {
            headers.insert(kept(name), AMQPValue::LongString(value.as_str().into()));
        }
    };
    keep("user-id", properties.user_id());
    keep("expiration", properties.expiration());
    rebuild(&properties)
}

/// A copy without `user_id` and `expiration`, which lapin's properties cannot be stripped of.
fn rebuild(from: &BasicProperties) -> BasicProperties {
    let mut to = BasicProperties::default();
    macro_rules! copy {
        ($($get:ident => $with:ident),+ $(,)?) => {
            $(if let Some(value) = from.$get() { to = to.$with(value.clone()); })+
        };
    }
    copy!(
        content_type => with_content_type,
        content_encoding => with_content_encoding,
        priority => with_priority,
        correlation_id => with_correlation_id,
        reply_to => with_reply_to,
        message_id => with_message_id,
        timestamp => with_timestamp,
        kind => with_type,
        app_id => with_app_id,
        cluster_id => with_cluster_id,
    );
    to
}
