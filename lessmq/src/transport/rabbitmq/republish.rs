//! The properties of a delivered message that is published again.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, ShortString};

use super::encode::{PERSISTENT, TRANSIENT};
use super::headers::{ATTEMPT, DEATH, DELIVERY_COUNT, mark};
use crate::envelope::MessageId;
use crate::transport::DeadLetter;
use crate::transport::kit::Marks;

/// Headers that would change how the broker handles the message when it is published again: it sends copies to `CC` and
/// `BCC`, and drops a message whose `x-death` looks like a cycle.
const BROKER_HEADERS: [&str; 5] = ["CC", "BCC", DEATH, DELIVERY_COUNT, "x-acquired-count"];
/// The prefix of the header that keeps a header or property on which the broker would act.
const KEPT: &str = "lessmq-original-";

/// The properties of a delivered message, ready to be published again. All are kept. Those that would make the broker
/// refuse, copy or drop the message are renamed.
pub(super) struct Republished {
    properties: BasicProperties,
    headers: BTreeMap<ShortString, AMQPValue>,
}

impl Republished {
    pub(super) fn new(properties: &BasicProperties) -> Self {
        let mut headers = BTreeMap::new();
        let original =
            properties.headers().as_ref().map(|headers| headers.inner().clone()).unwrap_or_default();
        // From the second time on, the broker's headers are about our own retry queues.
        let first_time = !original.contains_key(ATTEMPT);
        for (name, value) in original {
            if !is_acted_on(name.as_str()) {
                headers.insert(name, value);
            } else if first_time && name.as_str() != DELIVERY_COUNT {
                headers.insert(kept(name.as_str()), value);
            }
        }
        let properties = keep_properties(properties, &mut headers);
        Self { properties: properties.with_delivery_mode(PERSISTENT), headers }
    }

    /// Sets the id that the handler got, if the message has none.
    pub(super) fn with_id(mut self, id: Option<&MessageId>) -> Self {
        if let Some(id) = id {
            self.headers.insert("cloudEvents:id".into(), AMQPValue::LongString(id.to_string().into()));
        }
        self
    }

    /// The properties of the message for its next delivery, which is this attempt.
    pub(super) fn into_retry(mut self, attempt: u32) -> BasicProperties {
        self.set(&Marks::attempt(attempt));
        self.finish()
    }

    /// The properties of a call that is sent again with this time left, in milliseconds; `None` for no limit.
    pub(super) fn into_call(self, expiration: Option<u32>) -> BasicProperties {
        let properties = self.finish().with_delivery_mode(TRANSIENT);
        match expiration {
            Some(left) => properties.with_expiration(left.to_string().into()),
            None => properties,
        }
    }

    /// The properties of a dead letter of `queue`, with its reason.
    pub(super) fn into_dead_letter(mut self, letter: &DeadLetter, queue: &str) -> BasicProperties {
        self.set(&Marks::dead(letter, queue));
        self.finish()
    }

    /// The properties of a redriven message, which is new: without our marks.
    pub(super) fn into_redriven(mut self) -> BasicProperties {
        self.headers.retain(|name, _| !Marks::is_mark(name.as_str()));
        self.finish()
    }

    fn set(&mut self, marks: &Marks) {
        for (name, value) in marks.attributes() {
            self.headers.insert(name.into(), mark(name, &value));
        }
    }

    fn finish(self) -> BasicProperties {
        self.properties.with_headers(self.headers.into())
    }
}

fn is_acted_on(name: &str) -> bool {
    BROKER_HEADERS.contains(&name) || name.starts_with("x-first-death-") || name.starts_with("x-last-death-")
}

fn kept(name: &str) -> ShortString {
    // The names are those of AMQP, and short.
    ShortString::try_new(format!("{KEPT}{}", name.to_ascii_lowercase())).unwrap_or_default()
}

/// Moves the properties on which the broker acts to headers: it checks that `user_id` is the user of the connection,
/// and drops the message after `expiration`.
fn keep_properties(
    properties: &BasicProperties,
    headers: &mut BTreeMap<ShortString, AMQPValue>,
) -> BasicProperties {
    let mut keep = |name: &str, value: &Option<ShortString>| {
        if let Some(value) = value {
            headers.insert(kept(name), AMQPValue::LongString(value.as_str().into()));
        }
    };
    keep("user-id", properties.user_id());
    keep("expiration", properties.expiration());
    without_user_and_expiration(properties)
}

/// A copy without `user_id` and `expiration`: lapin cannot remove properties.
fn without_user_and_expiration(from: &BasicProperties) -> BasicProperties {
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
